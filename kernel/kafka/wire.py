# SPDX-License-Identifier: EUPL-1.2
"""An event as a Kafka record: CloudEvents 1.0 in binary mode, attributes in headers, the protobuf body as it is.

The key is tenant and key, so that order holds for each key of each tenant.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from kernel.events import Delivery, topic_of
from kernel.identity import TenantId

CONTENT_TYPE = "application/protobuf"
REQUIRED = ("ce_id", "ce_type", "ce_source", "ce_time", "tenant")

Headers = list[tuple[str, bytes]]


class Unreadable(Exception):
    """The record is no event of ours; the text says what is missing or wrong, without quoting it."""


@dataclass(frozen=True)
class Outgoing:
    topic: str
    key: bytes
    value: bytes
    headers: Headers


def to_record(delivery: Delivery) -> Outgoing:
    headers = {
        "content-type": CONTENT_TYPE,
        "ce_specversion": "1.0",
        "ce_id": delivery.id,
        "ce_type": delivery.type,
        "ce_source": delivery.source,
        "ce_subject": delivery.subject,
        "ce_time": delivery.time.isoformat(),
        "tenant": delivery.tenant_id,
        "traceparent": delivery.traceparent,
    }
    key = f"{delivery.tenant_id}/{delivery.key}".encode()
    shown = [(name, value.encode()) for name, value in headers.items() if value]
    return Outgoing(topic_of(delivery.type), key, delivery.data, shown)


def to_delivery(key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes]]) -> Delivery:
    """Raise `Unreadable` for a record that is not one of ours."""
    try:
        read = {name: content.decode() for name, content in headers}
        tenant_and_key = (key or b"").decode()
    except UnicodeDecodeError:
        raise Unreadable("key or headers are not UTF-8") from None
    if missing := [name for name in REQUIRED if not read.get(name)]:
        raise Unreadable(f"without {', '.join(missing)}")
    if read.get("content-type") != CONTENT_TYPE:
        raise Unreadable(f"content type is not {CONTENT_TYPE}")
    tenant, slash, own_key = tenant_and_key.partition("/")
    if not slash or tenant != read["tenant"]:
        raise Unreadable("the key does not begin with the tenant of the headers")
    return Delivery(
        id=read["ce_id"],
        type=read["ce_type"],
        source=read["ce_source"],
        subject=read.get("ce_subject", ""),
        time=_time(read["ce_time"]),
        tenant_id=TenantId(tenant),
        key=own_key,
        data=value or b"",
        traceparent=read.get("traceparent", ""),
    )


def _time(written: str) -> datetime:
    try:
        time = datetime.fromisoformat(written)
    except ValueError:
        raise Unreadable("ce_time is no time") from None
    if time.tzinfo is None:
        raise Unreadable("ce_time has no time zone")
    return time
