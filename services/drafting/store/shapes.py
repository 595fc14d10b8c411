# SPDX-License-Identifier: EUPL-1.2
"""Frozen dataclasses to JSON and back, by their own annotations, so that a new field needs no line here."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")


def to_json(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): to_json(each) for key, each in value.items()}
    if isinstance(value, tuple | list | frozenset):
        return [to_json(each) for each in value]
    return value


def from_json(kind: type[T], content: Any) -> T:
    """A field that the content lacks takes its default, so that what an older version wrote can still be read."""
    made: T = _made(kind, content)
    return made


def _made(kind: Any, content: Any) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return None if content is None else _made(next(each for each in arguments if each is not type(None)), content)
    if origin is tuple:
        return tuple(_made(arguments[0], each) for each in content)
    if origin is not None and issubclass(origin, Mapping):
        return {key: _made(arguments[1], each) for key, each in content.items()}
    if dataclasses.is_dataclass(kind):
        return _made_dataclass(kind, content)
    if kind in (datetime, date) and isinstance(content, str):
        return kind.fromisoformat(content)
    return kind(content) if isinstance(kind, type) and issubclass(kind, Enum) else content


def _made_dataclass(kind: Any, content: Mapping[str, Any]) -> Any:
    annotations = _annotations(kind)
    fields = {field.name for field in dataclasses.fields(kind) if field.init}
    return kind(**{name: _made(annotations[name], content[name]) for name in fields & content.keys()})


@cache
def _annotations(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)
