# SPDX-License-Identifier: EUPL-1.2
"""The events audit listens to: all of every service, each of which becomes one entry in its tenant's log."""

from collections.abc import Sequence

import rfc8785

from kernel.events import Delivery
from kernel.handlers import Handlers
from kernel.store import Work
from services.audit import usecases
from services.audit.events import happening
from services.audit.store import SqlLog
from services.audit.tools import Tools

handlers = Handlers()


@handlers.on_every
def record_events(deliveries: Sequence[Delivery], work: Work, tools: Tools) -> None:
    usecases.record([happening(each) for each in deliveries], SqlLog(work), rfc8785.dumps, tools.now())
