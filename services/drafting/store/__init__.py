# SPDX-License-Identifier: EUPL-1.2
"""Drafting's database. Every query names the tenant; row-level security checks it again."""

from services.drafting.store.cases import SqlCases
from services.drafting.store.records import SqlRecords
from services.drafting.store.sources import SqlSources
from services.drafting.store.tables import tables
from services.drafting.store.templates import SqlTemplates

__all__ = ["SqlCases", "SqlRecords", "SqlSources", "SqlTemplates", "tables"]
