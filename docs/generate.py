# SPDX-License-Identifier: EUPL-1.2
"""Make the pages that code knows better than people: `python -m docs.generate` writes settings, events and metrics.

`--check` writes nothing and fails when a page is not what the code says today.
"""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet
from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

import kernel
from kernel.dispatch.settings import RedisSettings
from kernel.kafka.settings import KafkaSettings
from kernel.service import Service
from kernel.settings import ServiceSettings

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
PROTO = ROOT / "proto"
LICENCE = "<!-- SPDX-License-Identifier: EUPL-1.2 -->"
# Read by `os.environ` at an edge, so in no class of settings: name, default, meaning.
OF_THE_PROCESS = (
    ("PORT", "8080", "Where the process listens. 0 lets the system choose; the line that says ready tells which."),
    ("HOST", "127.0.0.1", "The address that one role of one service listens on (`python -m kernel.run`)."),
    (
        "DATA",
        "state",
        "The folder for everything that is kept: PostgreSQL's cluster, recordings, keys. Back it up whole.",
    ),
    (
        "LOG_LEVEL",
        "WARNING",
        "DEBUG, INFO, WARNING or ERROR. INFO is the default where one role of one service runs alone.",
    ),
    ("CLUSTER", "empty", "Anything here lets `make demo` run on real servers, each role a process of its own."),
    ("UNDERLAG_CACHE", "~/.cache/underlag", "What was fetched once for this machine, such as model weights."),
    (
        "MUNICIPALITIES_FOLDER",
        "embedded/municipalities",
        "One directory of YAML for each municipality, for `python -m deploy.kafka`.",
    ),
)
# A path into a .proto, as protoc numbers it, and the comment that stands there.
Comments = dict[tuple[int, ...], str]
MESSAGES, FIELDS, SYNTAX = 4, 2, 12


def page(title: str, introduction: str, parts: Iterable[str]) -> str:
    note = "Made by `make docs` from the code; change it there."
    return "\n\n".join([f"{LICENCE}\n# {title}", f"{introduction}\n\n{note}", *parts]) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(each) for each in line)} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def services() -> list[Service]:
    found = sorted(path.parent.name for path in ROOT.glob("services/*/service.py"))
    return [importlib.import_module(f"services.{name}.service").SERVICE for name in found]


def settings_page() -> str:
    own = [(each.name, each.settings) for each in services()]
    parts = [
        "## The process",
        table(
            ("variable", "default", "meaning"),
            [(f"`{name}`", f"`{kept}`", said) for name, kept, said in OF_THE_PROCESS],
        ),
        "## Every service",
        "`<SERVICE>` is the service's name: `DRAFTING`. The platform in one process sets addresses and folders itself.",
        _settings_table(ServiceSettings, "<SERVICE>_"),
    ]
    for name, settings in own:
        parts += [
            f"## {name.capitalize()}",
            _settings_table(settings, _prefix(settings)) or "Nothing beside the above.",
        ]
    parts += [
        "## Kafka",
        "For services that run apart. The platform in one process needs none of it.",
        _settings_table(KafkaSettings, _prefix(KafkaSettings)),
        "## Redis",
        "For tickets that tell workers of due jobs. Without it they look at the job table.",
        _settings_table(RedisSettings, _prefix(RedisSettings)),
    ]
    return page("Settings", "Every setting is an environment variable.", parts)


def _prefix(settings: type[BaseSettings]) -> str:
    return settings.model_config.get("env_prefix", "")


def _settings_table(settings: type[BaseSettings], prefix: str) -> str:
    """A service's own settings; those that it has as every service has them stand in a table of their own."""
    inherited = {} if settings is ServiceSettings else ServiceSettings.model_fields
    rows = [
        (name, f"`{prefix}{name.upper()}`", _default(field), field.description or "")
        for name, field in settings.model_fields.items()
        if name not in inherited or repr(field) != repr(inherited[name])
    ]
    if unsaid := [name for name, _, _, meaning in rows if not meaning]:
        sys.exit(f"{settings.__name__}: say in Field(description=...) what these are for: {', '.join(unsaid)}")
    return table(("setting", "variable", "default", "meaning"), rows) if rows else ""


def _default(field: FieldInfo) -> str:
    value: Any = field.get_default(call_default_factory=True, validated_data={})
    if value is PydanticUndefined:
        return "must be set"
    if value is None:
        return "unset"
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, tuple | list):
        return f"`{list(value)}`".replace("'", '"')
    return f"`{value}`".replace(str(Path.home()), "~") if str(value) else "empty"


def events_page() -> str:
    parts: list[str] = []
    for file in _descriptors():
        comments: Comments = {tuple(each.path): each.leading_comments for each in file.source_code_info.location}
        parts += [f"## {file.package.partition('.')[0].capitalize()}", _paragraph(comments[(SYNTAX,)])]
        for number, message in enumerate(file.message_type):
            parts += [f"### {message.name}", f"`underlag.{file.package}.{message.name}`"]
            parts += [_paragraph(comments.get((MESSAGES, number), "")), _fields_table(message, number, comments)]
    introduction = (
        "What the services tell each other. An event is a fact in the past tense; a field is never renamed or used "
        "again. The id, tenant, time and trace of an event travel in its CloudEvents headers."
    )
    return page("Events", introduction, parts)


def _descriptors() -> list[FileDescriptorProto]:
    """Every proto file of ours with its comments."""
    protos = sorted(path.relative_to(PROTO).as_posix() for path in PROTO.glob("*/v*/events.proto"))
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "descriptors"
        options = [f"--proto_path={PROTO}", "--include_source_info", f"--descriptor_set_out={made}"]
        subprocess.run([sys.executable, "-m", "grpc_tools.protoc", *options, *protos], check=True)
        return list(FileDescriptorSet.FromString(made.read_bytes()).file)


def _paragraph(comment: str) -> str:
    """A comment as one paragraph. The licence line is no part of what it says."""
    lines = [line.strip() for line in comment.splitlines()]
    return " ".join(line for line in lines if not line.startswith("SPDX-")).strip()


def _fields_table(message: DescriptorProto, number: int, comments: Comments) -> str:
    """A comment above a run of fields is about the first of them."""
    rows = [
        (f"`{field.name}`", _type_of(field), _paragraph(comments.get((MESSAGES, number, FIELDS, place), "")))
        for place, field in enumerate(message.field)
    ]
    return table(("field", "type", "meaning"), rows)


def _type_of(field: FieldDescriptorProto) -> str:
    kind = FieldDescriptorProto.Type.Name(field.type).removeprefix("TYPE_").lower()
    name = field.type_name.rpartition(".")[2] or kind
    return f"repeated {name}" if field.label == FieldDescriptorProto.LABEL_REPEATED else name


def metrics_page() -> str:
    _import_everything()
    rows = [
        (f"`{name}`", kind, ", ".join(f"`{each}`" for each in labels) or "–", meaning)
        for name, kind, labels, meaning in sorted(_metrics())
    ]
    introduction = (
        "What Prometheus finds at `/metrics`. A histogram is scraped as `…_bucket`, `…_sum` and `…_count`. No label "
        "carries a person, a case or a text. Beside these are Python's own, `process_…` and `python_…`."
    )
    return page("Metrics", introduction, [table(("metric", "kind", "labels", "meaning"), rows)])


def _import_everything() -> None:
    """A metric is in the registry once its module has been imported."""
    services()
    for module in pkgutil.walk_packages(kernel.__path__, "kernel."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def _metrics() -> Iterator[tuple[str, str, tuple[str, ...], str]]:
    """Every metric of ours, under the name by which it is scraped."""
    # The registry tells of labels only once one has a value, so both are asked past their public side.
    for collector in set(REGISTRY._collector_to_names):  # noqa: SLF001 — as above
        if isinstance(collector, MetricWrapperBase):
            for described in collector.describe():
                name = f"{described.name}_total" if described.type == "counter" else described.name
                yield name, described.type, tuple(collector._labelnames), described.documentation  # noqa: SLF001 — as above


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "events.md": events_page,
    "metrics.md": metrics_page,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a page is not fresh")
    only_check = parser.parse_args().check
    # A default is what holds where nobody has set anything.
    os.environ.pop("UNDERLAG_CACHE", None)
    stale = []
    for name, made in PAGES.items():
        path, text = DOCS / name, made()
        if not path.exists() or path.read_text("utf-8") != text:
            stale.append(name)
            if not only_check:
                path.write_text(text, "utf-8")
    if only_check and stale:
        sys.stderr.write(f"not fresh, so run `make docs`: {', '.join(f'docs/{each}' for each in stale)}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
