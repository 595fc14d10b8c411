# SPDX-License-Identifier: EUPL-1.2
"""One database for each service on one PostgreSQL, with its roles and migrations, in both ways to run."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.servers.postgres import PostgresServer
from kernel.files import write_whole
from kernel.migration import ROLES, migrate, prepare_database, role_name
from kernel.service import Service

SETTING_OF_ROLE = {
    "": "database_url",
    "owner": "owner_database_url",
    "relay": "relay_database_url",
    "dispatch": "dispatch_database_url",
}


def kept_passwords(path: Path, services: Sequence[str]) -> dict[str, dict[str, str]]:
    """Each service's passwords by kind of role, made when there are none. Only the owner of the file may read it."""
    kept: dict[str, dict[str, str]] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    if set(services) <= kept.keys():
        return kept
    kept |= {each: {kind: secrets.token_urlsafe(24) for kind in ROLES} for each in services if each not in kept}
    write_whole(path, json.dumps(kept).encode())
    return kept


def database_settings(
    server: PostgresServer, service: str, passwords: Mapping[str, str], database: str = ""
) -> dict[str, str]:
    """The settings that tell a service where its database is, one address for each of its roles."""
    where = f"127.0.0.1:{server.port}/{database or service}"
    return {
        setting: f"postgresql+psycopg://{role_name(service, kind)}:{passwords[kind]}@{where}"
        for kind, setting in SETTING_OF_ROLE.items()
    }


def prepare_and_migrate(
    server: PostgresServer, services: Sequence[Service], passwords: Mapping[str, Mapping[str, str]]
) -> dict[str, dict[str, str]]:
    """Bring every service's database up to date and return its settings, by service."""
    for each in services:
        prepare_database(server.admin_url, each.name, passwords[each.name])
    settings = {each.name: database_settings(server, each.name, passwords[each.name]) for each in services}
    for each in services:
        migrate(settings[each.name]["owner_database_url"], each.name, each.migrations)
    return settings
