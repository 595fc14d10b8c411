# SPDX-License-Identifier: EUPL-1.2
"""What the nursery reads once, for every role of every service. Importing it starts no thread and opens nothing."""

import gc

import kernel.run
from deploy.services import SERVICES

for each in kernel.run.ROLES:
    kernel.run.role_of(each)

# What is there by now is never collected, so that the children go on sharing its pages.
gc.freeze()

__all__ = ["SERVICES"]
