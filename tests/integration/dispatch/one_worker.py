# SPDX-License-Identifier: EUPL-1.2
"""A worker as a process of its own, to be stopped and killed: the role as it runs, with a task that a test can time.

`one_worker.py QUEUES`; SECONDS in the environment is how long a job takes here.
"""

import os
import signal
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import insert

sys.path.insert(0, str(Path(__file__).parents[3]))

from kernel.identity import new_id
from kernel.jobs import Effect, Job, Tasks
from kernel.roles.health import serve_health
from kernel.roles.process import Surroundings
from kernel.roles.worker import Work as WorkerRole
from kernel.store import Transactions, Work, engine_of, idempotency_keys
from kernel.telemetry import start_logging
from services.audit.service import SERVICE as AUDIT

tasks = Tasks()


@dataclass
class Tools:
    transaction: Transactions


def perform(job: Job, _tools: Any) -> Effect:
    time.sleep(float(os.environ["SECONDS"]))
    # A row that can be counted: a second one of the same job would have another key.
    row = {"actor_id": "x", "route": f"done {job.subject}", "key": new_id(), "fingerprint": ""}

    def effect(work: Work) -> None:
        work.connection.execute(insert(idempotency_keys).values(tenant_id=work.tenant_id, **row))

    return effect


tasks.on("count", queue="counting", attempts=2)(perform)
tasks.on("draw", queue="drawing")(perform)
start_logging()
settings = AUDIT.settings()
tools = Tools(Transactions(engine_of(settings.database_url.get_secret_value()), "audit"))
service = replace(AUDIT, tasks=tasks, build_tools=lambda _settings: tools, warm_up=None)
queues = tuple(each for each in sys.argv[1].split(",") if each)
given = Surroundings(service, settings, "127.0.0.1", int(os.environ["PORT"]), slots=2, queues=queues)
role = WorkerRole(given)
signal.signal(signal.SIGTERM, lambda _number, _frame: given.stopped.set())
serve_health(given.host, given.port, role.checks(), role.wanted())
role.run()
