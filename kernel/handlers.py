# SPDX-License-Identifier: EUPL-1.2
"""Which functions of a service listen to which events."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from google.protobuf.message import DecodeError, Message

from kernel.errors import Undeliverable
from kernel.events import Delivery, event_type, topic_of
from kernel.store import Work
from kernel.telemetry import span

M = TypeVar("M", bound=Message)
Listener = Callable[[Any, Work, Any], None]
ListenerToAll = Callable[[Sequence[Delivery], Work, Any], None]


class Handlers:
    """The events that a service listens to, and what each one sets in motion."""

    def __init__(self) -> None:
        self._by_type: dict[str, tuple[type[Message], Listener]] = {}
        self._every: ListenerToAll | None = None

    def on(self, message: type[M]) -> Callable[[Callable[[M, Work, Any], None]], Callable[[M, Work, Any], None]]:
        """Call the function once for each event of this type; the inbox sorts out repeated deliveries."""

        def added(listener: Callable[[M, Work, Any], None]) -> Callable[[M, Work, Any], None]:
            self._by_type[event_type(message)] = (message, listener)
            return listener

        return added

    def on_every(self, listener: ListenerToAll) -> ListenerToAll:
        """Call the function with the events of every service, undecoded: each once, one or several of one
        municipality at a time, in the order in which they came.
        """
        self._every = listener
        return listener

    def listen_to(self, type_: str) -> bool:
        return self._every is not None or type_ in self._by_type

    def topics(self) -> Iterator[str]:
        yield from sorted({topic_of(each) for each in self._by_type})

    def call(self, delivery: Delivery, work: Work, tools: Any) -> None:
        """Decode and hand over. Raise `Undeliverable` for a body that is not what its type says."""
        self.call_all([delivery], work, tools)

    def call_all(self, deliveries: Sequence[Delivery], work: Work, tools: Any) -> None:
        """As `call`, for events of one municipality in one transaction."""
        if self._every is not None:
            self._every(deliveries, work, tools)
            return
        for each in deliveries:
            work.delivery = each
            # What a handler asks for or announces belongs to the story of its own event.
            with span(f"handle {each.type}", parent=each.traceparent):
                self._hand_over(each, work, tools)

    def _hand_over(self, delivery: Delivery, work: Work, tools: Any) -> None:
        message, listener = self._by_type[delivery.type]
        try:
            event = message.FromString(delivery.data)
        except DecodeError as broken:
            raise Undeliverable(f"the body is no {delivery.type}: {broken}") from broken
        listener(event, work, tools)
