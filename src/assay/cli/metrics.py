"""``assay metric``: what is measured, and how the values are spread."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from assay.cli.output import (
    follow_jobs,
    format_measured,
    format_number,
    print_json,
    print_table,
    say,
    warn_of_unreachable,
)
from assay.cli.queries import ScopeOption
from assay.cli.target import Json, Target, find_project
from assay.cli.trust import ask_for_approval, tell_skipped
from assay.client.routes import segment
from assay.errors import UntrustedError, UsageError
from assay.project.paths import absolute

app = typer.Typer(help="Metrics: list, show, compute, add your own.", no_args_is_help=True, rich_markup_mode=None)

_LISTED = ("key", "title", "scope", "kind", "suspicious", "description")
_SHOWN = (*_LISTED, "count", "nulls", "min", "q1", "median", "q3", "max", "mean", "moderate", "severe", "limits")


@app.command("list")
def list_metrics(target: Target = Path(), as_json: Json = False) -> None:
    """List the project's metrics.

    Example: assay metric list -t street
    """
    metrics = _ask(target, "metrics")
    if as_json:
        print_json([{key: metric[key] for key in _LISTED} for metric in metrics])
        return
    rows = [[m["key"], m["title"], m["scope"], *_outliers(m), m["problem"] or m["summary"]] for m in metrics]
    print_table(["key", "title", "scope", "severe", "moderate", "what"], rows, right=frozenset({3, 4}))


def _outliers(metric: dict[str, Any]) -> tuple[str, str]:
    return (f"{metric['severe']:,}", f"{metric['moderate']:,}") if metric["computed"] else ("–", "–")


@app.command("show")
def show_metric(
    key: Annotated[str, typer.Argument(help="The metric's key.")],
    target: Target = Path(),
    scope: Annotated[ScopeOption | None, typer.Option("--scope", help="Where a key serves several.")] = None,
    as_json: Json = False,
) -> None:
    """Show what a metric means and how its values are spread.

    Example: assay metric show -t street annotation_duplicates
    """
    metric = _ask(target, f"metrics/{segment(key)}", scope=None if scope is None else scope.value)
    if as_json:
        print_json({name: metric[name] for name in _SHOWN})
        return
    say(f"{metric['title']} ({metric['key']}, {metric['scope']})", "")
    say(*metric["description"].strip().split("\n"), "")
    unit = f" {metric['unit']}" if metric["unit"] else ""
    names = ("min", "q1", "median", "q3", "max", "mean")
    rows = [
        [name, format_measured(metric[name], metric["unit"]) + (unit if metric[name] is not None else "")]
        for name in names
    ]
    rows += [[name, f"{metric[name]:,}"] for name in ("count", "nulls", "moderate", "severe")]
    rows += _describe_limits(metric["limits"], unit)
    print_table(["", ""], rows, right=frozenset({1}))


def _describe_limits(limits: dict[str, Any], unit: str) -> list[list[str]]:
    """Return rows that say from where on values are outliers."""
    words = {"low": "up to", "high": "from"} if limits["inclusive"] else {"low": "below", "high": "above"}
    return [
        [f"{severity} {word}", format_number(limits[f"{severity}_{side}"]) + unit]
        for side, word in words.items()
        for severity in ("moderate", "severe")
        if limits[f"{severity}_{side}"] is not None
    ]


@app.command("run")
def run_metrics(
    metrics: Annotated[list[str] | None, typer.Argument(help="Keys or titles of metrics.")] = None,
    target: Target = Path(),
    all_metrics: Annotated[bool, typer.Option("--all", help="All metrics but those that need embeddings.")] = False,
    predictions: Annotated[
        str | None,
        typer.Option(
            "--predictions", help="A prediction set: measure the pixels of its predictions from confidence .05."
        ),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Compute anew what is up to date, too.")] = False,
    workers: Annotated[
        int | None, typer.Option("--workers", help="Number of processes.", show_default="one a core", min=1, max=64)
    ] = None,
    as_json: Json = False,
) -> None:
    """Compute metrics wherever they are missing or out of date.

    Example: assay metric run -t street brightness "Green excess"
    """
    if not metrics and not all_metrics and predictions is None:
        raise UsageError(
            "Which metrics?",
            item="metric run",
            expected="keys or titles, --all, or --predictions",
            actual="none of them",
        )
    from assay.client.connection import connect
    from assay.client.routes import project_route

    project = find_project(target)
    chosen = None if all_metrics else metrics or None
    body = {"metrics": chosen, "again": again, "workers": workers, "predictions": predictions}
    with connect(project.parent, project=project.name, actor="cli") as connection:
        ask_for_approval(connection, project)
        with follow_jobs(quiet=as_json) as follow:
            result = connection.run_job(f"{project_route(project.name)}/metrics/run", body, follow)
    failed: dict[str, str] = result["failed"]
    if as_json:
        print_json(result)
    else:
        count = len(result["metrics"])
        say(
            f"{count} metric{'s are' if count != 1 else ' is'} up to date; "
            f"the pixels of {result['measured']:,} images were read."
        )
        for key, reason in failed.items():
            say(f"{key} stopped: {reason}", err=True)
        warn_of_unreachable(result)
    tell_skipped(result["skipped"], project)
    if result["skipped"] and not result["metrics"]:
        raise typer.Exit(UntrustedError.exit_code)
    if failed or "unreachable" in result:
        raise typer.Exit(1)


@app.command("add")
def add_metrics(
    file: Annotated[Path, typer.Argument(help="A Python file with functions decorated with @assay.metric.")],
    target: Target = Path(),
    as_json: Json = False,
) -> None:
    """Add the metrics that a Python file defines; `assay metric run` computes them.

    Example: assay metric add green_excess.py -t street
    """
    added = _send(target, "post", "metrics/custom", {"path": str(absolute(file))})
    if as_json:
        print_json([{key: metric[key] for key in _LISTED} for metric in added])
        return
    for metric in added:
        say(f"{metric['key']}: {metric['title']} ({metric['scope']})")
    names = " ".join(metric["key"] for metric in added)
    say("", f"Next: assay metric run {names}")


@app.command("remove")
def remove_metric(
    metric: Annotated[str, typer.Argument(help="Key or title of a metric that you have added.")],
    target: Target = Path(),
) -> None:
    """Take a metric that you have added out of the project, with its values.

    Example: assay metric remove green_excess -t street
    """
    _send(target, "delete", f"metrics/custom/{segment(metric)}")
    say(f"{metric} is removed.")


def _send(target: Path, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    from assay.client.connection import connect
    from assay.client.routes import project_route

    project = find_project(target)
    with connect(project.parent, project=project.name, actor="cli") as connection:
        route = f"{project_route(project.name)}/{path}"
        return connection.post(route, body or {}) if method == "post" else connection.delete(route)


def _ask(target: Path, path: str, **params: Any) -> Any:
    from assay.client.connection import connect
    from assay.client.routes import project_route

    project = find_project(target)
    with connect(project.parent, project=project.name, actor="cli") as connection:
        return connection.get(f"{project_route(project.name)}/{path}", **params)
