# SPDX-License-Identifier: EUPL-1.2
"""How the demo tells what happens: plain lines, a bar where one waits, a heading shown with its sources."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

SHOWN = 4
ORIGINS = {"machine": "machine proposal", "machine_edited": "machine, edited by you", "human": "written by you"}


class Account:
    def __init__(self) -> None:
        self.console = Console(width=110 if not Console().is_terminal else None, highlight=False)
        self.step_number = 0

    def step(self, title: str) -> None:
        self.step_number += 1
        self.console.print(f"\n[bold]{self.step_number}. {title}[/bold]")

    def say(self, line: str) -> None:
        self.console.print(Text(f"   {line}"))

    @contextmanager
    def bar(self, what: str, total: float = 1.0) -> Iterator[Callable[[float], None]]:
        """A progress bar; the block calls what it is given with how far it has come."""
        columns = (TextColumn("   {task.description}"), BarColumn(), TextColumn("{task.percentage:3.0f} %"))
        with Progress(*columns, TimeElapsedColumn(), console=self.console) as progress:
            task = progress.add_task(what, total=total)
            yield lambda reached: progress.update(task, completed=reached)
            progress.update(task, completed=total)

    def section(self, section: dict[str, Any], source_of: Callable[[dict[str, Any]], str]) -> None:
        """The beginning of a heading, with each sentence's origin, checks and sources."""
        table = Table.grid(padding=(0, 1))
        for sentence in section["sentences"][:SHOWN]:
            table.add_row("•", Text(sentence["text"], style="bold"))
            failed = [each["check"] for each in sentence["checks"] if each["verdict"] != "ok"]
            checked = f"to look at: {', '.join(failed)}" if failed else f"{len(sentence['checks'])} checks passed"
            table.add_row("", Text(f"{ORIGINS[sentence['origin']]}, {checked}", style="dim"))
            for citation in sentence["citations"]:
                table.add_row("", Text(f"↳ {source_of(citation)}: “{citation['quote']}”", style="cyan"))
        if more := section["sentences"][SHOWN:]:
            table.add_row("", Text(f"… and {len(more)} more", style="dim"))
        self.console.print(Panel(table, title=section["title"], title_align="left"))
