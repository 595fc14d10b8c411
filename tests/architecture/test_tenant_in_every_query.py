# SPDX-License-Identifier: EUPL-1.2
"""Every statement that touches a table names the tenant, in the code and not only in row-level security.

Two locks, because each has failed somewhere: policies get dropped in a hurried migration, and conditions get forgotten.
This test reads the first lock; tests/integration/architecture/test_row_level_security.py turns the second.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = sorted(path.parent.name for path in ROOT.glob("services/*/service.py"))
STATEMENTS = {"select", "update", "delete", "insert", "text"}
# What the kernel does for all tenants at once, as a role that reads one table only (kernel/migration.py).
FOR_ALL_TENANTS = {
    ("kernel/relay.py", "relay_once"): "the relay's role hands over every tenant's outbox",
    ("kernel/relay.py", "due"): "as relay_once; the key of an order is tenant and key",
    ("kernel/relay.py", "postpone"): "as relay_once; a position is unique in the database",
    ("kernel/relay.py", "oldest_seconds"): "as relay_once; one number for the service",
    ("kernel/kafka/relay.py", "relay_batch"): "as relay_once",
    ("kernel/jobs/worker.py", "release_all"): "the dispatcher's role, at the start of the only process",
    ("kernel/jobs/worker.py", "hand_back"): "the dispatcher's role; a lease names one job in the whole database",
    ("kernel/jobs/claims.py", "next"): "takes the queue's lock, and reads no table",
    ("kernel/jobs/claims.py", "_who_waits"): "the dispatcher's role decides whose turn it is, among all",
    ("kernel/jobs/claims.py", "_busy"): "as _who_waits",
    ("kernel/jobs/claims.py", "_first_in_line"): "as _who_waits",
    ("kernel/jobs/claims.py", "_firsts"): "the tenant whose turn it is comes in as a parameter, by _first",
    ("kernel/jobs/waiting.py", "due_jobs"): "the dispatcher's role; one number for the queue",
    ("kernel/jobs/waiting.py", "waiting"): "as due_jobs",
    ("kernel/roles/process.py", "answers"): "asks whether the database answers, and reads no table",
    ("kernel/migration.py", ""): "an administrator makes databases and roles; no tenant's row is read",
    ("kernel/store.py", "__call__"): "sets the tenant for the transaction",
}


@dataclass(frozen=True)
class Query:
    path: str
    function: str
    line: int
    names_tenant: bool


class Reader:
    """Finds the statements of one module and what each is made of: its own line, and the names it is built from.

    What another `execute` brought back is not part of a statement, so a tenant named there does not count here.
    """

    def __init__(self, source: str, path: str) -> None:
        self.path = path
        module = ast.parse(source)
        self.makers = _imported_makers(module)
        self.functions = [each for each in ast.walk(module) if isinstance(each, ast.FunctionDef)]

    def queries(self) -> list[Query]:
        """A private function that returns an unfinished statement is read at its calls, where it is finished."""
        found = {id(call): (query, line) for call, query, line in self._read()}
        unfinished = {query.function for query, line in found.values() if _is_returned_unfinished(query, line)}
        if unfinished - self.makers:
            self.makers |= unfinished
            return self.queries()
        return [query for query, line in found.values() if not _is_returned_unfinished(query, line)]

    def _read(self) -> Iterator[tuple[ast.Call, Query, ast.stmt]]:
        for function in self.functions:
            lines = list(_simple_lines(function))
            for line in lines:
                own = [each for each in lines if not _rival(each, line)]
                for call in ast.walk(line):
                    if isinstance(call, ast.Call) and self._makes_statement(call):
                        named = self._names_tenant(line, own, set())
                        yield call, Query(self.path, function.name, call.lineno, named), line

    def _makes_statement(self, call: ast.Call) -> bool:
        match call.func:
            case ast.Name(id=name) | ast.Attribute(value=ast.Name(id="self"), attr=name):
                return name in self.makers
            case ast.Attribute(value=ast.Name(), attr="insert" | "update" | "delete"):
                # `table.update()`; a set's or a dictionary's `update(x)` has something in its brackets.
                return not call.args and not call.keywords
        return False

    def _names_tenant(self, line: ast.AST, lines: list[ast.stmt], seen: set[int]) -> bool:
        """Whether the tenant's value flows into a statement that begins on this line."""
        if self._holds_tenant(line, lines, seen):
            return True
        later = _later_uses(line, lines)
        return any(self._names_tenant(each, lines, seen) for each in later if id(each) not in seen)

    def _holds_tenant(self, line: ast.AST, lines: list[ast.stmt], seen: set[int]) -> bool:
        """Whether this line, or something that it is built from, has the tenant's value in it."""
        seen.add(id(line))
        if any(_is_tenant(node) for node in ast.walk(line)):
            return True
        built_from = [each for each in self._parts(line, lines) if id(each) not in seen and not _executes(each)]
        return any(self._holds_tenant(each, lines, seen) for each in built_from)

    def _parts(self, line: ast.AST, lines: list[ast.stmt]) -> Iterator[ast.AST]:
        """The assignments of the names that a line uses, and the bodies of the functions of this module it calls."""
        for node in ast.walk(line):
            match node:
                case ast.Name(id=name, ctx=ast.Load()):
                    yield from (each for each in lines if name in _assigned(each))
                case ast.Call(func=ast.Name(id=name) | ast.Attribute(value=ast.Name(id="self"), attr=name)):
                    yield from (each for each in self.functions if each.name == name)


def _is_returned_unfinished(query: Query, line: ast.stmt) -> bool:
    is_private = query.function.startswith("_")
    return is_private and not query.names_tenant and isinstance(line, ast.Return) and not _executes(line)


def _imported_makers(module: ast.Module) -> set[str]:
    """The names under which this module knows SQLAlchemy's statements, such as `insert as upsert`."""
    return {
        alias.asname or alias.name
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy")
        for alias in node.names
        if alias.name in STATEMENTS
    }


def _simple_lines(function: ast.FunctionDef) -> Iterator[ast.stmt]:
    """The statements of a function that hold no others; functions inside it are read on their own."""
    open_blocks: list[ast.AST] = list(function.body)
    while open_blocks:
        node = open_blocks.pop(0)
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            continue
        inner = [each for each in ast.iter_child_nodes(node) if isinstance(each, ast.stmt)]
        if isinstance(node, ast.stmt) and not inner:
            yield node
        elif isinstance(node, ast.If | ast.While):
            yield ast.copy_location(ast.Expr(node.test), node)
        elif isinstance(node, ast.For):
            yield ast.copy_location(ast.Assign([node.target], node.iter), node)
        elif isinstance(node, ast.With):
            yield from (ast.copy_location(ast.Expr(each.context_expr), node) for each in node.items)
        open_blocks = inner + open_blocks


def _assigned(line: ast.AST) -> set[str]:
    match line:
        case ast.Assign(targets=targets):
            return {node.id for each in targets for node in ast.walk(each) if isinstance(node, ast.Name)}
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.AugAssign(target=ast.Name(id=name)):
            return {name}
    return set()


def _later_uses(line: ast.AST, lines: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Where a statement that was put under a name is taken up again. Not for what came back from the database."""
    if _executes(line):
        return
    names = _assigned(line)
    for later in lines:
        if any(isinstance(node, ast.Name) and node.id in names for node in ast.walk(later)):
            yield later


def _executes(line: ast.AST) -> bool:
    return any(
        isinstance(node, ast.Attribute) and node.attr in {"execute", "scalar", "scalars"} for node in ast.walk(line)
    )


def _rival(other: ast.stmt, line: ast.stmt) -> bool:
    """Another assignment to the same name: the tenant named in one branch says nothing about the other branch."""
    return other is not line and not _assigned(line).isdisjoint(_assigned(other))


def _is_tenant(node: ast.AST) -> bool:
    """The tenant's value. A column compared with another table's column is no tenant."""
    match node:
        case ast.Attribute(value=ast.Attribute(attr="c"), attr="tenant_id"):
            return False
        case ast.Attribute(attr="tenant_id") | ast.Name(id="tenant_id"):
            return True
    return False


def queries_in(folder: Path) -> list[Query]:
    found = []
    for path in sorted(folder.rglob("*.py")):
        if "migrations" not in path.parts:
            found += Reader(path.read_text("utf-8"), path.relative_to(ROOT).as_posix()).queries()
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_every_query_of_a_service_names_the_tenant(service: str) -> None:
    found = queries_in(ROOT / "services" / service)

    assert found, "no query was found, so this test reads the wrong place"
    assert [f"{each.path}:{each.line}" for each in found if not each.names_tenant] == []


def test_every_query_of_the_kernel_names_the_tenant_but_for_those_listed_with_a_reason() -> None:
    bare = [each for each in queries_in(ROOT / "kernel") if not each.names_tenant]
    listed = [each for each in bare if {(each.path, each.function), (each.path, "")} & FOR_ALL_TENANTS.keys()]

    assert [f"{each.path}:{each.line} {each.function}" for each in bare if each not in listed] == []


PREAMBLE = """\
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert as upsert
def own(id):
  return (t.c.tenant_id == work.tenant_id) & (t.c.id == id)
def _joined():
  return select(t).join(u, t.c.tenant_id == u.c.tenant_id)
"""


@pytest.mark.parametrize(
    "body",
    [
        "return work.execute(select(t).where(t.c.id == id))",
        "chosen = select(t).where(t.c.id == id)\n  return work.execute(chosen)",
        (
            "mine = work.execute(select(a).where(a.c.tenant_id == work.tenant_id)).one()\n"
            "  return work.execute(select(t).where(t.c.id == mine.id))"
        ),
        "work.execute(upsert(t).values(id=id))",
        "work.execute(t.update().where(t.c.id == id).values(state='done'))",
        "work.execute(text('DELETE FROM t'))",
        "if work.execute(select(t)).all():\n    return None",
        "for row in work.execute(select(t)):\n    print(row)",
        "return work.execute(_joined().where(t.c.id == id))",
    ],
)
def test_a_query_without_the_tenant_is_found(body: str) -> None:
    read = Reader(f"{PREAMBLE}def get(id):\n  {body}\n", "planted.py").queries()

    assert not all(each.names_tenant for each in read)


@pytest.mark.parametrize(
    "body",
    [
        "return work.execute(select(t).where(t.c.tenant_id == work.tenant_id, t.c.id == id))",
        "chosen = select(t).where(own(id))\n  return work.execute(chosen)",
        "chosen = select(t)\n  return work.execute(chosen.where(own(id)))",
        "return work.execute(_joined().where(t.c.tenant_id == work.tenant_id))",
        "rows = [{'tenant_id': work.tenant_id}]\n  work.execute(upsert(t), rows)",
    ],
)
def test_a_query_that_names_the_tenant_where_it_is_built_is_fine(body: str) -> None:
    read = Reader(f"{PREAMBLE}def get(id):\n  {body}\n", "planted.py").queries()

    assert read
    assert all(each.names_tenant for each in read)
