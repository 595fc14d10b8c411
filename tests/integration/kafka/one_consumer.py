# SPDX-License-Identifier: EUPL-1.2
"""A consumer as a process of its own, to be killed: `one_consumer.py DATABASE_URL EVENT_TYPE SERVERS`."""

import signal
import sys
import threading
from typing import Any

from google.protobuf.wrappers_pb2 import StringValue

from kernel.handlers import Handlers
from kernel.kafka.consumer import KafkaConsumerLoop
from kernel.kafka.settings import KafkaSettings
from kernel.store import Transactions, Work, engine_of

database_url, type_, servers = sys.argv[1:]
handlers, stopped = Handlers(), threading.Event()


def keep(event: Any, work: Work, _tools: object) -> None:
    work.announce(StringValue(value=event.value), key=work.delivery.key if work.delivery else "")


# A message with one string field looks the same on the wire as any other.
handlers._by_type[type_] = (StringValue, keep)
signal.signal(signal.SIGTERM, lambda _number, _frame: stopped.set())
transactions = Transactions(engine_of(database_url, pool_size=2), type_.split(".")[1])
settings = KafkaSettings(servers=servers, session_seconds=2)
KafkaConsumerLoop(handlers, transactions, None, settings, lambda _tenant: True).run(stopped)
