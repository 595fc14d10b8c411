# SPDX-License-Identifier: EUPL-1.2
"""Dead letters: events that one consumer can never handle, kept whole beside their topic with the reason.

A dead letter is the record as it came, its headers included, with headers in front that tell who gave up and why.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from kernel.kafka.client import OffsetAndMetadata, TopicPartition, consumer
from kernel.kafka.settings import KafkaSettings
from kernel.kafka.topics import DEAD
from kernel.kafka.wire import Headers, Outgoing

MARK = "dead_"
# The group whose offsets say how far the dead letters have been replayed.
OPERATOR = "underlag.operator"
ANSWER_MS = 10_000


class TooManyDeadLetters(Exception):
    """Something is wrong with all events, not with one; going on would bury them all."""


@dataclass(frozen=True)
class DeadLetter:
    """What an operator sees of one: ids and the reason, no content."""

    topic: str
    offset: int
    group: str
    reason: str
    died_at: str
    event_id: str
    type: str
    tenant: str
    record: Outgoing = field(repr=False)


@dataclass
class DeadLetterLimit:
    """Counts dead letters over a window of time; a restart begins anew."""

    most: int
    seconds: int
    _times: deque[float] = field(default_factory=deque)

    def require_room(self, now: float | None = None) -> None:
        """Raise `TooManyDeadLetters` when one more is one too many."""
        now = time.monotonic() if now is None else now
        while self._times and now - self._times[0] > self.seconds:
            self._times.popleft()
        if len(self._times) >= self.most:
            raise TooManyDeadLetters(f"more than {self.most} within {self.seconds} s")

    def count(self, now: float | None = None) -> None:
        self._times.append(time.monotonic() if now is None else now)


def dead_letter(record: Any, group: str, reason: str, now: datetime) -> Outgoing:
    """The record that is put on `<topic>.dead` in place of `record`, which `group` could not handle."""
    told = {
        "group": group,
        "reason": reason,
        "topic": record.topic,
        "partition": str(record.partition),
        "offset": str(record.offset),
        "time": now.isoformat(),
    }
    headers: Headers = [(MARK + name, value.encode("utf-8", "replace")) for name, value in told.items()]
    return Outgoing(record.topic + DEAD, record.key or b"", record.value or b"", headers + list(record.headers))


def waiting_letters(settings: KafkaSettings, topic: str, *, replayed_too: bool = False) -> list[DeadLetter]:
    """The dead letters beside `topic` that nobody has replayed yet, oldest first."""
    place = TopicPartition(topic + DEAD, 0)
    client = consumer(settings, OPERATOR)
    try:
        client.assign([place])
        begin = client.beginning_offsets([place], timeout_ms=ANSWER_MS)[place]
        end = client.end_offsets([place], timeout_ms=ANSWER_MS)[place]
        done = 0 if replayed_too else client.committed(place, timeout_ms=ANSWER_MS) or 0
        client.seek(place, max(begin, done))
        return [_letter(each) for each in _records(client, place, end)] if max(begin, done) < end else []
    finally:
        client.close(autocommit=False, timeout_ms=5000)


def note_replayed(settings: KafkaSettings, letters: Sequence[DeadLetter]) -> None:
    """From now on those and the ones before them are no longer listed; they stay in their topic."""
    if not letters:
        return
    place = TopicPartition(letters[-1].topic + DEAD, 0)
    client = consumer(settings, OPERATOR)
    try:
        client.assign([place])
        client.commit({place: OffsetAndMetadata(letters[-1].offset + 1, "", -1)}, timeout_ms=ANSWER_MS)
    finally:
        client.close(autocommit=False, timeout_ms=5000)


def _records(client: Any, place: Any, end: int) -> Iterator[Any]:
    while True:
        for record in client.poll(timeout_ms=1000).get(place, []):
            if record.offset < end:
                yield record
            if record.offset + 1 >= end:
                return


def _letter(record: Any) -> DeadLetter:
    told = {name: value.decode("utf-8", "replace") for name, value in record.headers}
    original = [(name, value) for name, value in record.headers if not name.startswith(MARK)]
    return DeadLetter(
        topic=told.get("dead_topic", record.topic.removesuffix(DEAD)),
        offset=record.offset,
        group=told.get("dead_group", ""),
        reason=told.get("dead_reason", ""),
        died_at=told.get("dead_time", datetime.fromtimestamp(record.timestamp / 1000, UTC).isoformat()),
        event_id=told.get("ce_id", ""),
        type=told.get("ce_type", ""),
        tenant=told.get("tenant", ""),
        record=Outgoing(told.get("dead_topic", ""), record.key or b"", record.value or b"", original),
    )
