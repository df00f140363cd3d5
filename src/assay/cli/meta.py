"""``assay meta``: free fields of images and annotations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from assay.cli.ask import ask
from assay.cli.output import print_json, print_table, say
from assay.cli.queries import ScopeOption
from assay.cli.target import Json, SourceOption, SplitOption, Target
from assay.client.paths import name_source
from assay.project.paths import absolute

_NAMED = 10  # columns that are named one by one
app = typer.Typer(help="Metadata: free fields to filter and sort by.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_meta(target: Target = Path(), as_json: Json = False) -> None:
    """List the free fields with their types and how many items have a value.

    Example: assay meta list -t street
    """
    columns = ask("GET", target, "meta")
    if as_json:
        print_json(columns)
    elif columns:
        rows = [[c["name"], c["type"], f"{c['count']:,}", "added" if c["added"] else "source"] for c in columns]
        print_table(["field", "type", "values", "from"], rows, right=frozenset({2}))
    else:
        say("No free fields. Add some with: assay meta add FILE.csv --key file_name", err=True)


@app.command("add")
def add_meta(
    file: Annotated[Path, typer.Argument(help="A CSV file with a header.")],
    target: Target = Path(),
    key: Annotated[str, typer.Option("--key", help="The column that tells the item: file_name or id.")] = "file_name",
    scope: Annotated[ScopeOption, typer.Option("--scope", help="What the lines are about.")] = ScopeOption.IMAGE,
    split: SplitOption = None,
    source: SourceOption = None,
    as_json: Json = False,
) -> None:
    """Add the columns of a CSV file as fields: meta.NAME of images, attr.NAME of annotations.

    Example: assay meta add weather.csv -t street --key file_name
    """
    whose = {"split": split, "source": name_source(source)}
    done = ask("POST", target, "meta", {"path": str(absolute(file)), "key": key, "scope": scope.value, **whose})
    if as_json:
        print_json(done)
        return
    columns = done["columns"]
    more = f" and {len(columns) - _NAMED:,} more columns" if len(columns) > _NAMED else ""
    say(f"Added {', '.join(columns[:_NAMED])}{more} to {done['matched']:,} {scope.value}s.")
    for warning in done["warnings"]:
        say(warning, err=True)
    if done["unmatched"]:
        say(f"{done['unmatched']:,} lines have no item here, for example {', '.join(done['examples'])}.", err=True)
