# SPDX-License-Identifier: EUPL-1.2
"""One address, two ways to hand in a guideline: JSON with passages, or a file with form fields."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Generic, TypeVar

from fastapi import Request
from fastapi.datastructures import FormData
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from kernel.errors import UnsupportedContent

J = TypeVar("J", bound=BaseModel)
U = TypeVar("U", bound=BaseModel)
V_co = TypeVar("V_co", bound=BaseModel, covariant=True)


class NeitherJsonNorFile(UnsupportedContent):
    """The content type is none of application/json and multipart/form-data."""


@dataclass(frozen=True)
class Upload(Generic[V_co]):
    """A file with its fields. The file's name is not kept: it may hold anything and decides nothing."""

    content: bytes
    fields: V_co

    @property
    def fingerprint(self) -> str:
        """The same for the same file with the same fields, whatever the multipart boundaries are."""
        return sha256(self.fields.model_dump_json().encode() + b"\x00" + self.content).hexdigest()


async def submitted(request: Request, of_json: type[J], of_upload: type[U], largest: int) -> J | Upload[U]:
    """Read the body as its content type says. Raise as FastAPI does for a body of the wrong shape."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type == "application/json":
        return _valid(of_json, _parsed(await request.body()))
    if content_type != "multipart/form-data":
        raise NeitherJsonNorFile("send application/json, or multipart/form-data with a file")
    async with request.form(max_files=1, max_fields=20) as form:
        return await _upload(form, of_upload, largest)


async def _upload(form: FormData, of_upload: type[U], largest: int) -> Upload[U]:
    file = form.get("file")
    if file is None or isinstance(file, str):
        raise RequestValidationError([{"type": "missing", "loc": ("body", "file"), "msg": "Field required"}])
    texts = {name: value for name, value in form.multi_items() if name != "file"}
    fields = _valid(of_upload, {name: value for name, value in texts.items() if value != ""})
    # One byte more than allowed is enough for the reader to refuse it.
    return Upload(await file.read(largest + 1), fields)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as broken:
        raise RequestValidationError([{"type": "json_invalid", "loc": ("body",), "msg": "not valid JSON"}]) from broken


def _valid(model: type[J], value: Any) -> J:
    try:
        return model.model_validate(value)
    except ValidationError as wrong:
        raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in wrong.errors()]) from None


def described(of_json: type[BaseModel], of_upload: type[BaseModel]) -> dict[str, Any]:
    """The OpenAPI of a body that may be either."""
    upload = _inlined(of_upload)
    upload["properties"]["file"] = {
        "type": "string",
        "format": "binary",
        "description": "pdf, docx, html, md or txt; recognised by content",
    }
    upload["required"] = ["file", *upload.get("required", [])]
    content = {
        "application/json": {"schema": _inlined(of_json)},
        "multipart/form-data": {"schema": upload},
    }
    return {"requestBody": {"required": True, "content": content}}


def _inlined(model: type[BaseModel]) -> dict[str, Any]:
    """The model's JSON schema with its definitions put where they are used."""
    schema = model.model_json_schema()
    parts = schema.pop("$defs", {})

    def put(value: Any) -> Any:
        if isinstance(value, dict) and "$ref" in value:
            return put(parts[value["$ref"].rpartition("/")[2]])
        if isinstance(value, dict):
            return {name: put(each) for name, each in value.items()}
        return [put(each) for each in value] if isinstance(value, list) else value

    inlined: dict[str, Any] = put(schema)
    return inlined
