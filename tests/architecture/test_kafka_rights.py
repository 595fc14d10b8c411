# SPDX-License-Identifier: EUPL-1.2
"""The file of Kafka rights gives each service what it sends and listens to, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from kernel.events import PREFIX
from kernel.handlers import Handlers
from kernel.kafka.consumer import group_of, listens_to_all
from kernel.kafka.rights import RightsUnclear, rights_in
from kernel.kafka.topics import DEAD, packages_with_events
from kernel.run import load

ROOT = Path(__file__).parents[2]
FILE = ROOT / "deploy" / "cluster" / "kafka_rights.yaml"
PACKAGES = packages_with_events(ROOT / "contracts")
SERVICES = sorted(each.parent.name for each in ROOT.glob("services/*/service.py"))


def may(user: str, operation: str, kind: str = "TOPIC") -> set[str]:
    found = [each for each in rights_in(FILE) if (each.user, each.operation, each.kind) == (user, operation, kind)]
    return {each.name for each in found}


def topics_heard_by(handlers: Handlers) -> set[str]:
    return {PREFIX + each for each in PACKAGES} if listens_to_all(handlers) else set(handlers.topics())


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_writes_its_own_events_and_the_dead_letters_of_what_it_hears(service: str) -> None:
    own = {PREFIX + each for each in PACKAGES if each.startswith(f"{service}.")}
    heard = topics_heard_by(load(service).handlers)

    assert may(service, "WRITE") == own | {each + DEAD for each in heard}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_reads_what_it_listens_to(service: str) -> None:
    handlers = load(service).handlers
    heard = {PREFIX} if listens_to_all(handlers) else set(handlers.topics())

    assert may(service, "READ") == heard
    assert may(service, "READ", "GROUP") == ({group_of(service)} if heard else set())


def test_only_the_operator_makes_topics() -> None:
    assert {each.user for each in rights_in(FILE) if each.operation == "CREATE"} == {"operator"}


def test_a_word_that_is_not_known_gives_no_right(tmp_path: Path) -> None:
    unclear = tmp_path / "rights.yaml"
    unclear.write_text("drafting: {owns: [underlag.audit.v1]}\n")

    with pytest.raises(RightsUnclear, match="owns"):
        rights_in(unclear)
