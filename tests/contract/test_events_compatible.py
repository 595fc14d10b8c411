# SPDX-License-Identifier: EUPL-1.2
"""Events change by adding only: whoever reads the released ones can read today's, and the generated code is fresh.

After a release, `python proto/generate.py --release` makes today's descriptors the ones to be kept to.
"""

import importlib
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
)

ROOT = Path(__file__).parents[2]
RELEASED = ROOT / "contracts" / "released" / "events.binpb"


def released() -> list[FileDescriptorProto]:
    return list(FileDescriptorSet.FromString(RELEASED.read_bytes()).file)


def today() -> list[FileDescriptorProto]:
    """The descriptors in the generated modules, which are what producers and consumers run."""
    found = []
    for path in sorted((ROOT / "contracts").glob("*/v*/events_pb2.py")):
        module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        found.append(FileDescriptorProto.FromString(module.DESCRIPTOR.serialized_pb))
    return found


def broken_promises(before: Sequence[FileDescriptorProto], now: Sequence[FileDescriptorProto]) -> list[str]:
    """What somebody who relies on `before` would miss or misread in `now`."""
    messages, enums = messages_of(now), enums_of(now)
    found: list[str] = []
    for name, message in messages_of(before).items():
        if name not in messages:
            found.append(f"{name} is gone")
        else:
            found += broken_fields(name, message, messages[name])
    for name, enum in enums_of(before).items():
        kept = {(value.number, value.name) for value in enums[name].value} if name in enums else set()
        gone = [value.name for value in enum.value if (value.number, value.name) not in kept]
        found += [f"{name}.{each} is gone or has another number" for each in gone]
    return found


def broken_fields(name: str, before: DescriptorProto, now: DescriptorProto) -> Iterator[str]:
    kept = {field.number: field for field in now.field}
    for field in before.field:
        if field.number not in kept:
            yield f"{name}.{field.name} is gone"
        elif signature(before, field) != signature(now, kept[field.number]):
            yield f"{name}.{field.name} has another name or type"


def signature(message: DescriptorProto, field: FieldDescriptorProto) -> tuple[object, ...]:
    """What may not change about a field with a number."""
    choice = message.oneof_decl[field.oneof_index].name if field.HasField("oneof_index") else ""
    return field.name, field.type, field.label, field.type_name, choice, field.proto3_optional


def messages_of(files: Sequence[FileDescriptorProto]) -> Mapping[str, DescriptorProto]:
    def under(prefix: str, messages: Sequence[DescriptorProto]) -> Iterator[tuple[str, DescriptorProto]]:
        for each in messages:
            yield f"{prefix}.{each.name}", each
            yield from under(f"{prefix}.{each.name}", each.nested_type)

    return dict(found for file in files for found in under(file.package, file.message_type))


def enums_of(files: Sequence[FileDescriptorProto]) -> Mapping[str, EnumDescriptorProto]:
    inside = {f"{name}.{each.name}": each for name, message in messages_of(files).items() for each in message.enum_type}
    return {f"{file.package}.{each.name}": each for file in files for each in file.enum_type} | inside


def test_todays_events_keep_what_was_released() -> None:
    assert broken_promises(released(), today()) == []


def test_every_service_with_events_has_released_some() -> None:
    assert messages_of(released()).keys() >= {"audit.v1.CaseContentRead", "audit.v1.AccessDenied"}


def test_generated_code_is_what_the_protos_say_today(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "proto" / "generate.py"), "--into", str(tmp_path)]
    subprocess.run(command, check=True, cwd=ROOT)

    fresh = {path.relative_to(tmp_path): path.read_text("utf-8") for path in tmp_path.rglob("*.py*")}
    committed = {
        path.relative_to(ROOT / "contracts"): path.read_text("utf-8")
        for path in (ROOT / "contracts").rglob("*.py*")
        if path.suffix in {".py", ".pyi"}
    }

    assert committed == fresh, "run: python proto/generate.py"


def a_file() -> FileDescriptorProto:
    file = FileDescriptorProto(package="sample.v1")
    message = file.message_type.add(name="Happened")
    message.field.add(name="case_id", number=1, type=FieldDescriptorProto.TYPE_STRING)
    message.field.add(name="count", number=2, type=FieldDescriptorProto.TYPE_INT32)
    kind = file.enum_type.add(name="Kind")
    kind.value.add(name="KIND_UNKNOWN", number=0)
    return file


def changed(way: str) -> FileDescriptorProto:
    file = a_file()
    message, field = file.message_type[0], file.message_type[0].field[1]
    match way:
        case "message removed":
            file.ClearField("message_type")
        case "field removed":
            del message.field[1]
        case "field renamed":
            field.name = "number"
        case "field renumbered":
            field.number = 3
        case "field retyped":
            field.type = FieldDescriptorProto.TYPE_STRING
        case "field repeated":
            field.label = FieldDescriptorProto.LABEL_REPEATED
        case "enum value renamed":
            file.enum_type[0].value[0].name = "KIND_NONE"
        case "enum removed":
            file.ClearField("enum_type")
    return file


@pytest.mark.parametrize(
    "way",
    [
        "message removed", "field removed", "field renamed", "field renumbered", "field retyped", "field repeated",
        "enum value renamed", "enum removed",
    ],
)  # fmt: skip
def test_a_planted_break_is_found(way: str) -> None:
    assert len(broken_promises([a_file()], [changed(way)])) == 1


def test_additions_break_nothing() -> None:
    more = a_file()
    more.message_type.add(name="AlsoHappened")
    more.message_type[0].field.add(name="state", number=9, type=FieldDescriptorProto.TYPE_STRING)
    more.enum_type[0].value.add(name="KIND_NOTE", number=1)

    assert broken_promises([a_file()], [more]) == []


def test_the_same_protos_give_the_same_descriptors_each_time(tmp_path: Path) -> None:
    generate = [sys.executable, str(ROOT / "proto" / "generate.py"), "--release", "--into"]
    for folder in ("one", "other"):
        subprocess.run([*generate, str(tmp_path / folder)], check=True, cwd=ROOT)

    one, other = (tmp_path / folder / "released" / "events.binpb" for folder in ("one", "other"))
    assert one.read_bytes() == other.read_bytes()
