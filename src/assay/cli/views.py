"""``assay view``: queries under a name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from assay.cli.ask import ask, marking
from assay.cli.output import print_json, print_table, say
from assay.cli.queries import ScopeOption
from assay.cli.target import Json, Target

app = typer.Typer(help="Views: queries under a name.", no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(help="The view's name.")]


@app.command("list")
def list_views(target: Target = Path(), as_json: Json = False) -> None:
    """List the views with their live counts.

    Example: assay view list -t street
    """
    views = ask("GET", target, "views")
    if as_json:
        print_json(views)
    elif views:
        rows = [
            [v["name"], v["scope"], "–" if v["count"] is None else f"{v['count']:,}", v["problem"] or v["query"]]
            for v in views
        ]
        print_table(["view", "scope", "items", "query"], rows, right=frozenset({2}))
    else:
        say("No views yet. Save one with: assay view save NAME 'QUERY'", err=True)


@app.command("save")
def save_view(
    name: Name,
    query: Annotated[str, typer.Argument(metavar="QUERY", help="What the view shows; empty for everything.")] = "",
    target: Target = Path(),
    scope: Annotated[ScopeOption, typer.Option("--scope", help="What the view lists.")] = ScopeOption.IMAGE,
    sort: Annotated[str | None, typer.Option("--sort", help="KEY, or -KEY for descending.")] = None,
    as_json: Json = False,
) -> None:
    """Save a query under a name, in the place of a view of that name.

    Example: assay view save -t street "Small and dark" 'brightness<0.3 object_area<400' --scope annotation
    """
    with marking(query):
        view = ask("PUT", target, "views", {"name": name, "scope": scope.value, "query": query, "sort": sort})
    if as_json:
        print_json(view)
    else:
        say(f"Saved “{view['name']}”: {view['count']:,} {view['scope']}s")


@app.command("rename")
def rename_view(
    name: Name, new_name: Annotated[str, typer.Argument(help="Its new name.")], target: Target = Path()
) -> None:
    """Give a view another name.

    Example: assay view rename -t street "Small and dark" Night
    """
    ask("POST", target, "views/rename", {"name": name, "new_name": new_name})
    say(f"Renamed “{name}” to “{new_name}”.")


@app.command("remove")
def remove_view(name: Name, target: Target = Path()) -> None:
    """Take a view out of the project; its items are not touched.

    Example: assay view remove -t street Night
    """
    ask("POST", target, "views/delete", {"name": name})
    say(f"Removed “{name}”.")
