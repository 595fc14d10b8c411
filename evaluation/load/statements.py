# SPDX-License-Identifier: EUPL-1.2
"""One SQL statement as the driver was given it, and how to send it again with other ids.

Imported by baselines that must not load the platform, so nothing of it is imported here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import psycopg
from psycopg.types.json import Json, Jsonb

WRITES = ("INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True)
class Statement:
    """As the driver was given it. `parameters` are a mapping, or a list of them for `many`."""

    sql: str
    parameters: Any
    many: bool = False

    @property
    def is_write(self) -> bool:
        return self.sql.lstrip().startswith(WRITES)

    @property
    def rows(self) -> Sequence[Mapping[str, Any]]:
        """The parameters of each time that it runs."""
        return self.parameters if self.many else [self.parameters]

    def with_texts(self, changes: Mapping[str, str]) -> Statement:
        """With other ids in place of those in it, wherever they stand, inside encoded bodies too: lengths are equal."""
        return replace(self, parameters=_changed(self.parameters, changes))

    def with_values(self, values: Mapping[str, Any]) -> Statement:
        """With these values for the parameters of these names, where it has them."""
        changed = [{name: values.get(name, each) for name, each in row.items()} for row in self.rows]
        return replace(self, parameters=changed if self.many else changed[0])

    def run(self, cursor: psycopg.Cursor[Any]) -> None:
        if self.many:
            cursor.executemany(self.sql, self.parameters)
        else:
            cursor.execute(self.sql, self.parameters)
            if cursor.description:
                cursor.fetchall()


def _changed(value: Any, changes: Mapping[str, str]) -> Any:
    match value:
        case str():
            for old, new in changes.items():
                value = value.replace(old, new)
            return value
        case bytes():
            for old, new in changes.items():
                value = value.replace(old.encode(), new.encode())
            return value
        case psycopg.Binary():
            return _changed(bytes(value.obj), changes)
        case Jsonb() | Json():
            return type(value)(_changed(value.obj, changes))
        case Mapping():
            return {_changed(name, changes): _changed(each, changes) for name, each in value.items()}
        case Sequence():
            return [_changed(each, changes) for each in value]
        case _:
            return value
