# SPDX-License-Identifier: EUPL-1.2
"""The municipalities of a deployment: one directory of YAML each. A further one is added by adding a directory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kernel.errors import NotFound
from kernel.identity import TenantId


class MunicipalityMisconfigured(Exception):
    """A directory does not hold what it has to; the text names file and field."""


class _Profile(BaseModel):
    """The shape of `municipality.yaml`."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")
    name: str
    language: str = Field(pattern=r"^(sv|da|nb|en)$")
    country: str = Field(pattern=r"^[A-Z]{2}$")
    time_zone: str
    issuer_host: str
    shares: dict[str, Annotated[float, Field(ge=0.01, le=100)]] = {}


@dataclass(frozen=True)
class Municipality:
    """One tenant. `language` is ISO 639-1, `country` ISO 3166-1, `issuer_host` names its audit log and its issuer.

    `shares` tells how much of a queue it gets beside the others; where it says nothing, as much as each of them.
    """

    id: TenantId
    name: str
    language: str
    country: str
    time_zone: str
    issuer_host: str
    folder: Path
    shares: Mapping[str, float] = field(default_factory=dict)
    _documents: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def document(self, name: str) -> Any:
        """The parsed YAML of `<name>.yaml` in the municipality's directory; an empty mapping when there is none."""
        if name not in self._documents:
            path = self.folder / f"{name}.yaml"
            self._documents[name] = _parsed(path) if path.exists() else {}
        return self._documents[name]


@dataclass(frozen=True)
class Municipalities:
    by_id: Mapping[TenantId, Municipality]

    @classmethod
    def load(cls, folder: Path) -> Municipalities:
        """Read every directory below `folder`. Raise `MunicipalityMisconfigured` naming file and field."""
        found = [_municipality(each) for each in sorted(folder.iterdir()) if (each / "municipality.yaml").exists()]
        if not found:
            raise MunicipalityMisconfigured(f"{folder}: no directory with a municipality.yaml")
        return cls({each.id: each for each in found})

    def of(self, tenant_id: TenantId) -> Municipality:
        """Raise `NotFound` for a tenant that this deployment does not serve."""
        if tenant_id not in self.by_id:
            raise NotFound("no such municipality")
        return self.by_id[tenant_id]

    def weight(self, tenant_id: TenantId, queue: str) -> float:
        """Its share of a queue beside the others'. One that is no longer served may still have jobs: it gets one."""
        known = self.by_id.get(tenant_id)
        return known.shares.get(queue, 1.0) if known else 1.0

    def __iter__(self) -> Iterator[Municipality]:
        return iter(self.by_id.values())


def _municipality(folder: Path) -> Municipality:
    path = folder / "municipality.yaml"
    try:
        profile = _Profile.model_validate(_parsed(path))
    except ValidationError as wrong:
        first = wrong.errors()[0]
        raise MunicipalityMisconfigured(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    if profile.id != folder.name:
        raise MunicipalityMisconfigured(f"{path}: id is {profile.id!r}, the directory {folder.name!r}")
    return Municipality(**(profile.model_dump() | {"id": TenantId(profile.id), "folder": folder}))


def _parsed(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text("utf-8")) or {}
    except yaml.YAMLError as wrong:
        raise MunicipalityMisconfigured(f"{path}: {wrong}") from None
