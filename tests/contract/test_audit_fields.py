# SPDX-License-Identifier: EUPL-1.2
"""What reaches the audit log from any service's event: who, which case, digests and counts; never a text or a name."""

import re
from pathlib import Path

import pytest
from google.protobuf.descriptor_pool import Default
from google.protobuf.message_factory import GetMessageClass

from kernel.events import PREFIX, Delivery
from kernel.identity import TenantId
from services.audit.events import happening
from tests.contract.test_events_compatible import messages_of, today
from tests.unit.audit.memory import NOON

ROOT = Path(__file__).parents[2]
MESSAGES = messages_of(today())
# Words that would tell of content or of a person. `writer_name` and `recogniser_name` are programs.
CONTENT = re.compile(r"(^|_)(text|name|title|quote|heading|address|born|birth|phone|email|note|words|sentence)$")
PROGRAMS = {"writer_name", "recogniser_name", "model_name"}


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_no_event_has_a_field_for_content_or_persons(name: str) -> None:
    found = [field.name for field in MESSAGES[name].field if CONTENT.search(field.name)]

    assert set(found) <= PROGRAMS


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_every_event_of_every_service_becomes_an_entry_that_names_case_and_actor(name: str) -> None:
    message = GetMessageClass(Default().FindMessageTypeByName(name))
    known = {"case_id": "case-1", "actor_id": "caseworker@ekhamra", "actor_role": "caseworker"}
    given = {field: value for field, value in known.items() if field in message.DESCRIPTOR.fields_by_name}
    data = message(**given).SerializeToString()

    found = happening(Delivery("1", f"{PREFIX}{name}", "/drafting", "s", NOON, TenantId("ekhamra"), "k", data))

    assert found.case_id == given.get("case_id", "")
    assert found.actor.id == given.get("actor_id", "drafting")
    assert "payload" not in found.digests
    assert found.details.keys() & known.keys() == set()
