# SPDX-License-Identifier: EUPL-1.2
"""Long work. **The job row in PostgreSQL is the truth**; what dispatches it may lose everything and no job is lost.

A worker claims a row in its municipality's turn and holds it by a lease that a heart-beat renews. The slow part runs
outside any transaction; its effect is written in one transaction together with the job's end, under the lease.
"""

from kernel.jobs.job import Cancelled, Effect, Job, LeaseLost, Problem
from kernel.jobs.tasks import GivenUp, Task, Tasks
from kernel.jobs.turns import Weight, equal_weights
from kernel.jobs.worker import LEASE, Worker

__all__ = [
    "LEASE",
    "Cancelled",
    "Effect",
    "GivenUp",
    "Job",
    "LeaseLost",
    "Problem",
    "Task",
    "Tasks",
    "Weight",
    "Worker",
    "equal_weights",
]
