# SPDX-License-Identifier: EUPL-1.2
"""The events audit listens to: all of every service, each of which becomes one entry in its tenant's log."""

import rfc8785

from kernel.events import Delivery, Handlers
from kernel.store import Work
from services.audit import usecases
from services.audit.events import happening
from services.audit.store import SqlLog
from services.audit.tools import Tools

handlers = Handlers()


@handlers.on_every
def record_event(delivery: Delivery, work: Work, tools: Tools) -> None:
    usecases.record([happening(delivery)], SqlLog(work), rfc8785.dumps, tools.now())
