# SPDX-License-Identifier: EUPL-1.2
"""The one place where protobuf becomes something that happened: any service's event, read by its descriptor.

No event is named here, so a sixth service needs no change. An event of a kind that is not known yet (its producer is
newer than this process) is kept too, with the digest of its body: the log has no gaps.
"""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
from collections.abc import Iterator
from datetime import UTC
from typing import TYPE_CHECKING, Any

from google.protobuf.descriptor_pool import Default
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.timestamp_pb2 import Timestamp
from google.protobuf.unknown_fields import UnknownFieldSet

import contracts
from kernel.events import PREFIX, Delivery
from services.audit.domain import Actor, Happening, Json, timestamp

if TYPE_CHECKING:
    from google._upb._message import FieldDescriptor as FasterDescriptor
    from google.protobuf.descriptor import FieldDescriptor as PythonDescriptor

    FieldDescriptor = PythonDescriptor | FasterDescriptor

LARGEST_EXACT_INTEGER = 2**53 - 1
"""RFC 8785 writes numbers as JavaScript does; larger integers are kept as text."""

_BY_NAME = frozenset({"case_id", "actor_id", "actor_role", "subject"})

for _module in pkgutil.walk_packages(contracts.__path__, "contracts."):
    if _module.name.endswith("_pb2"):
        importlib.import_module(_module.name)


def happening(delivery: Delivery) -> Happening:
    """What the delivery tells. Fields named `*_digest` are digests; all others that are set are details."""
    event = _decoded(delivery)
    fields = dict(_fields(event)) if event is not None else {}
    said = {name: str(fields.pop(name, "")) for name in _BY_NAME}
    service = delivery.source.strip("/")
    payload_digest = hashlib.sha256(delivery.data).hexdigest()
    digests = {name: value for name, value in fields.items() if name.endswith(("_digest", "_digests"))}
    if event is None or len(UnknownFieldSet(event)):
        digests["payload"] = payload_digest
    return Happening(
        event_id=delivery.id,
        type=delivery.type,
        occurred_at=delivery.time,
        actor=Actor(said["actor_id"] or service, said["actor_role"] or ("" if said["actor_id"] else "service")),
        subject=said["subject"] or delivery.subject,
        payload_digest=payload_digest,
        case_id=said["case_id"],
        digests=digests,
        details={name: value for name, value in fields.items() if name not in digests},
    )


def _decoded(delivery: Delivery) -> Message | None:
    """None for a type that is not known here and for a body that is not of its type."""
    try:
        descriptor = Default().FindMessageTypeByName(delivery.type.removeprefix(PREFIX))
        return GetMessageClass(descriptor).FromString(delivery.data)
    except (KeyError, DecodeError):
        return None


def _fields(message: Message) -> Iterator[tuple[str, Json]]:
    """Every field that says something: counts and truths always, texts and lists when they are not empty."""
    for field in message.DESCRIPTOR.fields:
        if field.has_presence and not message.HasField(field.name):
            continue
        value = _value(field, getattr(message, field.name))
        if value not in ("", []):
            yield field.name, value


def _value(field: FieldDescriptor, value: Any) -> Json:
    if not field.is_repeated:
        return _single(field, value)
    entry = field.message_type
    if entry is not None and entry.GetOptions().map_entry:
        kept = entry.fields_by_name["value"]
        return {str(key): _single(kept, value[key]) for key in sorted(value)}
    return [_single(field, each) for each in value]


def _single(field: FieldDescriptor, value: Any) -> Json:
    """One value without a fraction in it: what JSON cannot hold exactly is kept as text."""
    match value:
        case Timestamp():
            return timestamp(value.ToDatetime(UTC))
        case Message():
            return dict(_fields(value))
        case bytes():
            return value.hex()
        case int() if field.enum_type is not None:
            known = field.enum_type.values_by_number.get(value)
            return known.name if known else value
        case int() if abs(value) <= LARGEST_EXACT_INTEGER:  # truths are among them
            return value
        case _:
            return str(value)
