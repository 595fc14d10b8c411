# SPDX-License-Identifier: EUPL-1.2
"""Celery on Redis, as dispatch alone: a ticket says that a queue has work, and the job table says which.

Only this package imports Celery and Redis. What they lose, double or delay costs time and never a job.
"""
