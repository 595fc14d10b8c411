# SPDX-License-Identifier: EUPL-1.2
"""Frozen dataclasses to JSON and back, by their own annotations, so that a new field needs no line here."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")
Maker = Callable[[Any], Any]
# Nearly every value is one of these, so they are looked for first.
PLAIN = frozenset({str, int, float, bool, type(None)})


def to_json(value: Any) -> Any:
    if type(value) in PLAIN:
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: to_json(getattr(value, name)) for name in _names(type(value))}
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
    asked: Any = kind
    made: T = _maker(asked)(content)
    return made


@cache
def _maker(kind: Any) -> Maker:
    """What turns content into this kind. Looked up once for each kind: a case has thousands of values."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        some = _maker(next(each for each in arguments if each is not type(None)))
        return lambda content: None if content is None else some(content)
    if origin is tuple:
        item = _maker(arguments[0])
        return tuple if item is _as_it_is else lambda content: tuple(item(each) for each in content)
    if origin is not None and issubclass(origin, Mapping):
        value = _maker(arguments[1])
        return lambda content: {key: value(each) for key, each in content.items()}
    if dataclasses.is_dataclass(kind):
        return lambda content: _made(kind, content)
    if kind in (datetime, date):
        return lambda content: kind.fromisoformat(content) if isinstance(content, str) else content
    return kind if isinstance(kind, type) and issubclass(kind, Enum) else _as_it_is


def _as_it_is(content: Any) -> Any:
    return content


def _made(kind: Any, content: Mapping[str, Any]) -> Any:
    makers = _makers(kind)
    return kind(**{name: makers[name](each) for name, each in content.items() if name in makers})


@cache
def _makers(kind: Any) -> dict[str, Maker]:
    annotations = typing.get_type_hints(kind)
    return {each.name: _maker(annotations[each.name]) for each in dataclasses.fields(kind) if each.init}


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(each.name for each in dataclasses.fields(kind))
