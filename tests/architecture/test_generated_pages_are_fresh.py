# SPDX-License-Identifier: EUPL-1.2
"""The pages that are made from code say what the code says. (contracts/: tests/contract/test_events_compatible.py.)"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUNS = ("kernel", "embedded", "services")


def variables_read(source: str) -> Iterator[str]:
    """The names of environment variables that a module asks for itself, past every class of settings."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case (
                ast.Call(func=ast.Attribute(attr="get" | "getenv"), args=[ast.Constant(value=str() as name), *_])
                | ast.Subscript(slice=ast.Constant(value=str() as name), ctx=ast.Load())
            ) if "environ" in ast.unparse(node) or "getenv" in ast.unparse(node):
                yield name


def test_the_pages_are_what_the_code_says() -> None:
    """In a process of its own: the tests of this one have put settings and metrics of their own into it."""
    checked = subprocess.run(
        [sys.executable, "-m", "docs.generate", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert checked.returncode == 0, checked.stderr


def test_every_variable_that_is_read_outside_the_settings_is_on_the_page() -> None:
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")
    sources = [path.read_text("utf-8") for part in RUNS for path in (ROOT / part).rglob("*.py")]
    read = {name for source in sources for name in variables_read(source)}

    assert read >= {"PORT", "DATA", "LOG_LEVEL"}
    assert {name for name in read if f"`{name}`" not in page} == set(), "name it in docs/generate.py and `make docs`"


def test_a_variable_is_found_however_it_is_read() -> None:
    source = 'a = os.environ.get("ONE", "1")\nb = os.environ["TWO"]\nc = os.getenv("THREE")\nos.environ["FOUR"] = "4"\n'

    assert set(variables_read(f"{source}\nd = kept.get('FIVE')")) == {"ONE", "TWO", "THREE"}
