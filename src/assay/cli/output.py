"""Printing: errors, JSON, tables, and the progress of jobs."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

import typer

from assay.errors import AssayError, QueryError
from assay.text import HIDDEN, escape_json, printable

_HIDDEN_IN_LINES = re.compile(rf"(?![\n\t]){HIDDEN.pattern}")

Z_SCORE = "robust z"  # the unit of values that say how far out something is
_GREATEST_Z = 50

Follower = Callable[[dict[str, Any]], None]


class Shown:
    """A stream of the terminal on which hidden characters are written out, whoever prints them."""

    def __init__(self, stream: TextIO) -> None:
        self.raw = stream

    def write(self, text: str) -> int:
        """Write a text; lines end and columns stand where they did."""
        return self.raw.write(_HIDDEN_IN_LINES.sub(lambda found: printable(found[0]), text))

    def __getattr__(self, name: str) -> Any:
        """Be the stream in everything else."""
        return getattr(self.raw, name)


def say(*lines: str, err: bool = False) -> None:
    """Print lines, each of which stays one whatever names are in it."""
    for line in lines:
        typer.echo(printable(line), err=err)


def print_error(error: AssayError) -> None:
    """Print an error: what is wrong, about what, what was expected, what was found, what to do."""
    lines = [f"Error: {error.message}", *_mark(error)]
    for label, value in (("Item", error.item), ("Expected", error.expected), ("Found", error.actual)):
        if value:
            first, *rest = value.split("\n")
            lines += [f"  {label + ':':<10}{first}", *(f"{'':<12}{line}" for line in rest)]
    if error.hint:
        lines.append(f"  {error.hint}")
    say(*lines, err=True)


def _mark(error: AssayError) -> list[str]:
    """Return the query that an error is about with a line under the wrong word."""
    if not isinstance(error, QueryError) or error.query is None or error.position is None:
        return []
    shown = error.query.replace("\n", " ").replace("\t", " ")
    blank = " " * len(printable(shown[: error.position]))
    return [f"  {shown}", f"  {blank}{'^' * max(1, error.length or 1)}"]


def print_json(data: Any) -> None:
    """Print data for machines."""
    readable = (sys.stdout.encoding or "").lower().startswith("utf")
    text = json.dumps(data, ensure_ascii=not readable, indent=None if isinstance(data, dict) else 1)
    typer.echo(escape_json(text))


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]], *, right: frozenset[int] = frozenset()) -> None:
    """Print aligned columns; those named in ``right`` end at their right edge."""
    table = [[printable(str(cell)) for cell in line] for line in (header, *rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for line in table:
        cells = [
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        typer.echo("  ".join(cells).rstrip())


def format_number(value: float | None) -> str:
    """Return a number in at most six significant digits, thousands separated; a dash for none."""
    if value is None:
        return "–"
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.4g}" if abs(value) < 10_000 else f"{value:,.0f}"


def format_measured(value: float | None, unit: str | None) -> str:
    """Return a metric's value; of a z-score that is far out no more than that it is."""
    if value is not None and unit == Z_SCORE and abs(value) > _GREATEST_Z:
        return f"> {_GREATEST_Z}" if value > 0 else f"< -{_GREATEST_Z}"
    return format_number(value)


def warn_of_unreachable(result: dict[str, Any]) -> None:
    """Say which image files a job could not read, and that nothing is lost by it."""
    found = result.get("unreachable")
    if found:
        say(
            f"{found['count']:,} image files could not be read just now; what is known of them stays as it was:",
            err=True,
        )
        for example in found["examples"]:
            say(f"  {example}", err=True)
        say("Once they can be read, `assay metric run --all` goes on with them.", err=True)


@contextmanager
def follow_jobs(*, quiet: bool) -> Iterator[Follower]:
    """Show a job's progress: a bar on a terminal, a line per stage otherwise, nothing when quiet."""
    if quiet:
        yield lambda _job: None
    elif sys.stderr.isatty():
        with _progress_bar() as follow:
            yield follow
    else:
        yield _line_printer()


def _line_printer() -> Follower:
    seen: set[str] = set()

    def follow(job: dict[str, Any]) -> None:
        if job["stage"] and job["stage"] not in seen:
            seen.add(job["stage"])
            say(f"{job['title']}: {job['stage'].lower()}", err=True)

    return follow


@contextmanager
def _progress_bar() -> Iterator[Follower]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description:<24}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    stream = sys.stderr.raw if isinstance(sys.stderr, Shown) else sys.stderr  # a bar moves the cursor
    with Progress(*columns, console=Console(file=stream), transient=True) as progress:
        tasks: dict[str, Any] = {}

        def follow(job: dict[str, Any]) -> None:
            stage = printable(job["stage"] or "Waiting")
            if stage not in tasks:
                for earlier in tasks.values():
                    progress.update(earlier, visible=False)
                tasks[stage] = progress.add_task(stage, total=job["total"], rate="")
            rate = f"{format_number(job['rate'])}/s" if job["rate"] else ""
            progress.update(tasks[stage], completed=job["done"], total=job["total"], rate=rate)

        yield follow
