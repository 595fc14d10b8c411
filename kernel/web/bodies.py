# SPDX-License-Identifier: EUPL-1.2
"""What comes in: bodies that refuse what they do not know, and texts that a database and a document can hold."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from kernel.masking import holds_identity_number

DEEPEST = 64


def _refuse_unstorable(value: Any, pointer: str = "", depth: int = 0) -> None:
    """Raise with the place of the first text that cannot be kept, which a check of the whole would not name."""
    if depth > DEEPEST:
        raise PydanticCustomError("nested", "nested too deeply", {"pointer": pointer})
    if isinstance(value, str):
        try:
            storable(value)
        except ValueError as unstorable:
            raise PydanticCustomError("unstorable", str(unstorable), {"pointer": pointer}) from None
    elif isinstance(value, dict):
        for key, each in value.items():
            _refuse_unstorable(str(key), pointer, depth + 1)
            _refuse_unstorable(each, f"{pointer}/{key}", depth + 1)
    elif isinstance(value, list | tuple):
        for number, each in enumerate(value):
            _refuse_unstorable(each, f"{pointer}/{number}", depth + 1)


def storable(value: str) -> str:
    """Raise `ValueError` for text that holds NUL or half of a character (a lone surrogate)."""
    if "\x00" in value:
        raise ValueError("the text holds the character NUL")
    if any("\ud800" <= each <= "\udfff" for each in value):
        raise ValueError("the text holds half of a character (a lone surrogate)")
    return value


class Body(BaseModel):
    """A request's JSON. Unknown fields are refused, so that a misspelt one is noticed and not lost."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _only_storable_text(cls, value: Any) -> Any:
        _refuse_unstorable(value)
        return value


def without_identity_number(value: str) -> str:
    """A reference travels in listings, headers of documents and other systems' logs: never a person's number."""
    if holds_identity_number(value):
        raise ValueError("holds what looks like a national identity number; use the case's own reference")
    return value


Plain = Annotated[str, AfterValidator(storable)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]
ResourceId = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:-]+$")]
Reference = Annotated[Line, AfterValidator(without_identity_number)]
QueryText = Annotated[Plain, Query(min_length=1, max_length=300)]
