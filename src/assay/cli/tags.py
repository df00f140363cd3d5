"""``assay tag``: mark items, and keep the list of tags in order."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from assay.cli.ask import ask, ask_for_text, marking
from assay.cli.output import print_json, print_table, say
from assay.cli.queries import ScopeOption
from assay.cli.target import Json, SourceOption, SplitOption, Target
from assay.client.paths import name_source
from assay.errors import UsageError
from assay.outputs import write_text
from assay.project.paths import absolute

app = typer.Typer(help="Tags: mark images and annotations.", no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(help="The tag's name.")]
QueryOption = Annotated[
    str | None, typer.Option("-q", "--query", help="Which items; the empty query is all.", show_default=False)
]
Scope = Annotated[ScopeOption, typer.Option("--scope", help="What is tagged.")]


@app.command("list")
def list_tags(target: Target = Path(), as_json: Json = False) -> None:
    """List the tags with how many images and annotations carry them.

    Example: assay tag list -t street
    """
    tags = ask("GET", target, "tags")
    found = [
        {"name": t["name"], "images": t["images"]["count"], "annotations": t["annotations"]["count"]} for t in tags
    ]
    if as_json:
        print_json(found)
    elif found:
        rows = [[t["name"], f"{t['images']:,}", f"{t['annotations']:,}"] for t in found]
        print_table(["tag", "images", "annotations"], rows, right=frozenset({1, 2}))
    else:
        say("No tags yet. Make one with: assay tag add NAME --query 'QUERY'", err=True)


@app.command("add")
def add_tag(
    name: Name,
    target: Target = Path(),
    query: QueryOption = None,
    scope: Scope = ScopeOption.IMAGE,
    color: Annotated[str | None, typer.Option("--color", help="As #rrggbb.")] = None,
    as_json: Json = False,
) -> None:
    """Mark the items that a query finds.

    Example: assay tag add -t street review --scope annotation --query 'severe:annotation_duplicates'
    """
    if query is None:
        raise UsageError("Which items?", item="tag add", expected="--query 'QUERY', empty for all", actual="no query")
    _apply(target, name, "add", query, scope, color, as_json=as_json)


@app.command("remove")
def remove_tag(
    name: Name,
    target: Target = Path(),
    query: QueryOption = None,
    scope: Scope = ScopeOption.IMAGE,
    as_json: Json = False,
) -> None:
    """Take a tag from the items that a query finds; without a query from all, and out of the project.

    Example: assay tag remove -t street review --scope annotation --query 'class:person'
    """
    if query is not None:
        _apply(target, name, "remove", query, scope, None, as_json=as_json)
        return
    gone = ask("POST", target, "tags/delete", {"name": name})
    if as_json:
        print_json({"tag": name, "changed": gone["images"] + gone["annotations"]})
    else:
        say(f"Removed “{name}” from {gone['images']:,} images and {gone['annotations']:,} annotations.")


def _apply(
    target: Path, name: str, action: str, query: str, scope: ScopeOption, color: str | None, *, as_json: bool
) -> None:
    selection = {"scope": scope.value, "query": query}
    body = {"selection": selection, "name": name, "action": action, "color": color}
    with marking(query):
        done = ask("POST", target, "tags/apply", body)
    if as_json:
        print_json({"tag": done["tag"], "changed": done["changed"]})
        return
    what = "Tagged" if action == "add" else "Untagged"
    say(f"{what} {done['changed']:,} {scope.value}s: {done['tag']}")


@app.command("rename")
def rename_tag(
    name: Name,
    new_name: Annotated[str, typer.Argument(help="Its new name.")],
    target: Target = Path(),
    merge: Annotated[bool, typer.Option("--merge", help="Make one tag of both if the name is taken.")] = False,
) -> None:
    """Give a tag another name.

    Example: assay tag rename -t street review checked
    """
    ask("POST", target, "tags/update", {"name": name, "new_name": new_name, "merge": merge})
    say(f"Renamed “{name}” to “{new_name}”.")


@app.command("export")
def export_tags(
    target: Target = Path(),
    output: Annotated[Path | None, typer.Option("-o", "--output", help="A file instead of the terminal.")] = None,
) -> None:
    """Write all tags as CSV: tag, scope, file name, id.

    No cell runs in a spreadsheet: an apostrophe stands before a text that begins with = + - or @, and one with hidden
    characters is a JSON string. `tag import` takes exactly that back.

    Example: assay tag export -t street -o tags.csv
    """
    text = ask_for_text("GET", target, "tags/export")
    if output is None:
        typer.echo(text, nl=False)
        return
    write_text(absolute(output), text)


@app.command("import")
def import_tags(
    file: Annotated[Path, typer.Argument(help="A CSV file with tag, scope, file_name, id.")],
    target: Target = Path(),
    split: SplitOption = None,
    source: SourceOption = None,
    as_json: Json = False,
) -> None:
    """Take tags from a CSV file such as the export writes.

    Example: assay tag import -t street tags.csv
    """
    body = {"path": str(absolute(file)), "split": split, "source": name_source(source)}
    done = ask("POST", target, "tags/import", body)
    if as_json:
        print_json(done)
        return
    say(f"Tagged {done['changed']:,} items with {len(done['tags']):,} tags.")
    for warning in done["warnings"]:
        say(warning, err=True)
    if done["skipped"]:
        say(f"{done['skipped']:,} lines have no item here, for example {', '.join(done['examples'])}.", err=True)
