# SPDX-License-Identifier: EUPL-1.2
"""What each service's user may do in Kafka, read from a file and put into force as access control lists.

A service that is broken into can send its own events and read those it listens to: no other's, and nobody's dead
letters but those it may write itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from kernel.kafka.client import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
    administrator,
)
from kernel.kafka.settings import KafkaSettings

# The words of the file, and what Kafka calls them. Writing and reading imply to be told how a topic is laid out.
OPERATIONS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "writes": ("TOPIC", ("WRITE", "DESCRIBE")),
    "reads": ("TOPIC", ("READ", "DESCRIBE")),
    "manages": ("TOPIC", ("CREATE", "DESCRIBE_CONFIGS", "ALTER_CONFIGS")),
    "groups": ("GROUP", ("READ", "DESCRIBE")),
}


class RightsUnclear(Exception):
    """The file does not say plainly who may do what; the text names the line's words."""


@dataclass(frozen=True, order=True)
class Right:
    """`user` may do `operation` on the topic or group `name`; on all whose name begins so when `beginning` is set."""

    user: str
    operation: str
    kind: str
    name: str
    beginning: bool = False


def rights_in(path: Path) -> list[Right]:
    """Raise `RightsUnclear` for a word that is not known: a right that nobody understands is not given."""
    read = yaml.safe_load(path.read_text("utf-8"))
    return sorted(right for user, given in read.items() for right in _of(user, given))


def _of(user: str, given: Mapping[str, Iterable[str]]) -> Iterator[Right]:
    for word, names in given.items():
        if word not in OPERATIONS:
            raise RightsUnclear(f"{user}: {word!r} is none of {', '.join(OPERATIONS)}")
        kind, operations = OPERATIONS[word]
        for name in names:
            for operation in operations:
                yield Right(user, operation, kind, name, beginning=name.endswith("."))


def put_into_force(rights: Iterable[Right], settings: KafkaSettings) -> tuple[list[Right], list[Right]]:
    """Give what is missing and take away what the file does not name, of the users in it. Returns both."""
    wanted = set(rights)
    client = administrator(settings)
    try:
        given = {each for each in _given(client) if each.user in {right.user for right in wanted}}
        missing, surplus = sorted(wanted - given), sorted(given - wanted)
        failures = list(client.create_acls([_acl(each) for each in missing])["failed"]) if missing else []
        if surplus:
            # A rule is a filter too: the one that it alone passes.
            answers = client.delete_acls([_acl(each) for each in surplus])
            failures += [error for _filter, _matched, error in answers if error.errno]
        if failures:
            raise failures[0]
    finally:
        client.close()
    return missing, surplus


def _given(client: object) -> Iterator[Right]:
    anything = ACLFilter(
        None,
        None,
        ACLOperation.ANY,
        ACLPermissionType.ANY,
        ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY),
    )
    found, _error = client.describe_acls(anything)  # type: ignore[attr-defined] # the client ships no types
    for each in found:
        pattern = each.resource_pattern
        yield Right(
            each.principal.removeprefix("User:"),
            each.operation.name,
            pattern.resource_type.name,
            pattern.resource_name,
            beginning=pattern.pattern_type is ACLResourcePatternType.PREFIXED,
        )


def _acl(right: Right) -> ACL:
    return ACL(
        f"User:{right.user}",
        "*",
        ACLOperation[right.operation],
        ACLPermissionType.ALLOW,
        ResourcePattern(ResourceType[right.kind], right.name, _pattern(right)),
    )


def _pattern(right: Right) -> ACLResourcePatternType:
    return ACLResourcePatternType.PREFIXED if right.beginning else ACLResourcePatternType.LITERAL
