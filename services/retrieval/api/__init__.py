# SPDX-License-Identifier: EUPL-1.2
"""Retrieval over HTTP."""

from services.retrieval.api.guidelines import routes as guidelines
from services.retrieval.api.passages import routes as passages
from services.retrieval.api.questions import routes as questions

ROUTES = (guidelines, passages, questions)
