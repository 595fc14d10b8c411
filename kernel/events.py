# SPDX-License-Identifier: EUPL-1.2
"""Events: how they are addressed on their way.

A body is protobuf; everything that is the same for all events travels beside it as CloudEvents attributes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from google.protobuf.message import Message

from kernel.identity import TenantId

PREFIX = "underlag."


def event_type(message: Message | type[Message]) -> str:
    """The CloudEvents type, such as `underlag.drafting.v1.SectionProposed`."""
    return PREFIX + str(message.DESCRIPTOR.full_name)


def topic_of(type_: str) -> str:
    """The topic that a type is published on: one for each service and major version."""
    return type_.rpartition(".")[0]


@dataclass(frozen=True)
class Delivery:
    """One event on its way, with its CloudEvents 1.0 attributes.

    `id` is a UUIDv7 and the same in every delivery; `key` decides the order: events of one key arrive in the order in
    which they were announced. `traceparent` is W3C Trace Context, or empty.
    """

    id: str
    type: str
    source: str
    subject: str
    time: datetime
    tenant_id: TenantId
    key: str
    data: bytes
    traceparent: str = ""
