# SPDX-License-Identifier: EUPL-1.2
"""Any service's event becomes an entry, also one whose producer is newer than this process."""

import hashlib
import json

import rfc8785
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import Default
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.audit.v1 import AccessDenied, CaseContentRead
from kernel.events import Delivery, event_type
from kernel.identity import TenantId
from services.audit.domain import Actor, Entry, Happening
from services.audit.events import happening
from services.audit.verify import is_canonical
from tests.unit.audit.memory import NOON

F = FieldDescriptorProto


def a_delivery(event: Message, *, data: bytes | None = None, type_: str = "") -> Delivery:
    return Delivery(
        id="0198-event",
        type=type_ or event_type(event),
        source="/drafting",
        subject="case-1",
        time=NOON,
        tenant_id=TenantId("ekhamra"),
        key="case-1",
        data=event.SerializeToString() if data is None else data,
    )


def everything() -> type[Message]:
    """A message with every kind of field that a service might ever send."""
    scalars = {
        "case_id": F.TYPE_STRING, "actor_id": F.TYPE_STRING, "actor_role": F.TYPE_STRING, "text_digest": F.TYPE_STRING,
        "state": F.TYPE_STRING, "count": F.TYPE_INT32, "large": F.TYPE_UINT64, "is_whole": F.TYPE_BOOL,
        "seconds": F.TYPE_DOUBLE, "raw": F.TYPE_BYTES,
    }  # fmt: skip
    file = FileDescriptorProto(name="every/v1/events.proto", package="every.v1", syntax="proto3")
    file.dependency.append("google/protobuf/timestamp.proto")
    kind = file.enum_type.add(name="Kind")
    kind.value.add(name="KIND_UNKNOWN", number=0)
    kind.value.add(name="KIND_NOTE", number=1)
    message = file.message_type.add(name="EverythingHappened")
    for number, (name, type_) in enumerate(scalars.items(), 1):
        message.field.add(name=name, number=number, type=type_, label=F.LABEL_OPTIONAL)
    for name, label in (("kind", F.LABEL_OPTIONAL), ("kinds", F.LABEL_REPEATED)):
        message.field.add(
            name=name, number=len(message.field) + 1, type=F.TYPE_ENUM, type_name=".every.v1.Kind", label=label
        )
    for name in ("ids", "part_digests"):
        message.field.add(name=name, number=len(message.field) + 1, type=F.TYPE_STRING, label=F.LABEL_REPEATED)
    stamp = ".google.protobuf.Timestamp"
    message.field.add(name="at", number=20, type=F.TYPE_MESSAGE, type_name=stamp, label=F.LABEL_OPTIONAL)
    Default().AddSerializedFile(file.SerializeToString())
    return GetMessageClass(Default().FindMessageTypeByName("every.v1.EverythingHappened"))


EVERYTHING = everything()


def test_case_actor_and_subject_stand_in_their_own_places() -> None:
    event = CaseContentRead(
        case_id="case-1",
        actor_id="caseworker@ekhamra",
        actor_role="caseworker",
        subject="transcript:7",
        reason="review",
    )

    assert happening(a_delivery(event)) == Happening(
        event_id="0198-event",
        type="underlag.audit.v1.CaseContentRead",
        occurred_at=NOON,
        actor=Actor("caseworker@ekhamra", "caseworker"),
        subject="transcript:7",
        payload_digest=hashlib.sha256(event.SerializeToString()).hexdigest(),
        case_id="case-1",
        details={"reason": "review"},
    )


def test_an_event_without_an_actor_was_the_service_s_own_doing() -> None:
    found = happening(a_delivery(AccessDenied(reason="role")))

    assert found.actor == Actor("drafting", "service")
    assert found.subject == "case-1"
    assert found.case_id == ""


def test_digests_are_kept_apart_and_every_other_field_is_a_detail_without_fractions() -> None:
    event = EVERYTHING(
        case_id="case-1", text_digest="ab", state="done", count=3, large=2**60, seconds=1.5, raw=b"\x01", kind=1,
        kinds=[1, 0, 7], ids=["b", "a"], part_digests=["cd"],
    )  # fmt: skip
    event.at.FromDatetime(NOON)  # type: ignore[attr-defined]  # the class is made while running

    found = happening(a_delivery(event))

    assert found.digests == {"text_digest": "ab", "part_digests": ["cd"]}
    assert found.details == {
        "state": "done", "count": 3, "large": str(2**60), "is_whole": False, "seconds": "1.5", "raw": "01",
        "kind": "KIND_NOTE", "kinds": ["KIND_NOTE", "KIND_UNKNOWN", 7], "ids": ["b", "a"],
        "at": "2026-03-02T12:00:00.000Z",
    }  # fmt: skip


def test_an_event_of_an_unknown_kind_is_kept_with_the_digest_of_its_body() -> None:
    found = happening(a_delivery(AccessDenied(), data=b"\x0a\x01x", type_="underlag.drafting.v9.SomethingNew"))

    assert found.digests == {"payload": hashlib.sha256(b"\x0a\x01x").hexdigest()}
    assert found.details == {}
    assert found.type == "underlag.drafting.v9.SomethingNew"


def test_fields_that_a_newer_producer_added_are_covered_by_the_digest_of_the_body() -> None:
    known = CaseContentRead(case_id="case-1").SerializeToString()
    data = known + b"\x92\x03\x03new"

    found = happening(a_delivery(CaseContentRead(), data=data))

    assert found.case_id == "case-1"
    assert found.digests == {"payload": hashlib.sha256(data).hexdigest()}


def test_a_body_that_cannot_be_read_is_kept_with_its_digest() -> None:
    found = happening(a_delivery(CaseContentRead(), data=b"\xff\xff\xff"))

    assert found.digests == {"payload": hashlib.sha256(b"\xff\xff\xff").hexdigest()}


@settings(deadline=None, max_examples=40)
@given(
    st.builds(
        EVERYTHING,
        case_id=st.text(), text_digest=st.text(), state=st.text(), count=st.integers(-(2**31), 2**31 - 1),
        large=st.integers(0, 2**64 - 1), is_whole=st.booleans(), seconds=st.floats(), raw=st.binary(),
        kind=st.integers(-5, 5), ids=st.lists(st.text()),
    )
)  # fmt: skip
def test_every_event_becomes_canonical_json_that_the_verifier_accepts(event: Message) -> None:
    entry = Entry.of(happening(a_delivery(event)), 7, NOON, rfc8785.dumps)

    assert is_canonical(entry.content, json.loads(entry.content))
    assert json.loads(entry.content)["index"] == 7
