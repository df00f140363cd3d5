"""The command ``assay``: puts the commands together and maps errors to exit codes.

Exit codes: 0 ok, 1 failed check or job, 2 usage, 3 bad input.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from typing import TextIO, cast

import typer
import typer.main

from assay._version import __version__
from assay.cli import (
    config,
    datasets,
    download,
    evaluate,
    exports,
    meta,
    metrics,
    predictions,
    printing,
    projects,
    queries,
    serving,
    tags,
    views,
)
from assay.cli.output import Shown, print_error
from assay.errors import AssayError, StorageError, UsageError
from assay.interrupt import interrupted, leave_stuck, listen

_TYPER_INTERRUPTED = 130

app = typer.Typer(
    name="assay",
    help="See and measure image datasets, and find their label errors.",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"assay {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Print the version and leave."
    ),
) -> None:
    """See and measure image datasets, and find their label errors."""


for module in (serving, download, datasets, queries, evaluate):
    module.register(app)
predictions.register_import(datasets.importing)
app.add_typer(datasets.importing, name="import")
app.add_typer(predictions.app, name="predictions")
app.add_typer(projects.app, name="project")
app.add_typer(metrics.app, name="metric")
app.add_typer(tags.app, name="tag")
app.add_typer(views.app, name="view")
app.add_typer(meta.app, name="meta")
app.add_typer(exports.make_app(), name="export")
app.add_typer(printing.app, name="print")
app.add_typer(config.app, name="config")


def _check_target(words: list[str]) -> None:
    """Refuse a second target: ``-tag:done`` is one to the command line, a complement to who wrote it.

    Raises:
        UsageError: there is a second one.
    """
    if "--" in words:
        words = words[: words.index("--")]
    targets = [
        word
        for before, word in zip(["", *words], words, strict=False)
        if ((word.startswith(("-t", "--target=")) and not word.startswith("--t")) or word == "--target")
        and before not in ("--sort", "--key", "--query", "-q")
    ]
    if len(targets) > 1:
        attached = next((word for word in targets if len(word) > 2 and not word.startswith("--")), targets[-1])
        raise UsageError(
            "The target is given twice.",
            item=attached[:100],
            expected="one -t or --target",
            actual=f"{len(targets)}",
            hint="In a query write `not tag:done` instead of -tag:done." if attached.startswith("-tag") else None,
        )


def main() -> None:
    """Run the command line and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that has no é shows \xe9 instead of an error
            stream.reconfigure(errors="backslashreplace")
    listen()
    with redirect_stdout(cast("TextIO", Shown(sys.stdout))), redirect_stderr(cast("TextIO", Shown(sys.stderr))):
        code = _run()
    leave_stuck(code)
    sys.exit(code)


@cache
def _command() -> Callable[..., object]:
    """Return what the command line is made into: a tenth of a second, which a process needs once."""
    return typer.main.get_command(app)


def _run() -> int:
    try:
        _check_target(sys.argv[1:])
        _command()(standalone_mode=True)
    except AssayError as error:
        print_error(error)
        return error.exit_code
    except (KeyboardInterrupt, SystemExit) as end:
        if isinstance(end, SystemExit) and end.code != _TYPER_INTERRUPTED:
            return end.code if isinstance(end.code, int) else int(end.code is not None)
        return _say_interrupted()
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        problem = error.strerror or str(error)
        print_error(StorageError("A file could not be read or written.", item=str(error.filename), actual=problem))
        return StorageError.exit_code
    except Exception:  # an import under way turns the interrupt into an error of its own
        if not interrupted():
            raise
        return _say_interrupted()
    return 0


def _say_interrupted() -> int:
    typer.echo("\nInterrupted.", err=True)
    return 1


if __name__ == "__main__":
    main()
