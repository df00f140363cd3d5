"""Make projects: ``assay import``, ``assay init``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from assay.cli.folders import ask_splits, can_ask, read_splits, tell_choice
from assay.cli.output import follow_jobs, print_json, print_table, say, warn_of_unreachable
from assay.cli.target import Json, Target, find_project, find_workspace, locate
from assay.cli.trust import ask_for_approval, tell_skipped
from assay.errors import InputError, UsageError
from assay.project.manifest import is_project, make_workspace
from assay.project.paths import absolute

Given = TypeVar("Given")
importing = typer.Typer(help="Import datasets.", no_args_is_help=True, rich_markup_mode=None)

_CONFLICTS = {
    "removed": "it is gone",
    "other_file": "its id now names another file",
    "other_image": "it is in another image now",
    "other_class": "it is of another class now",
}
Copy = Annotated[bool, typer.Option("--copy", help="Copy the images into the project.")]
Symlinks = Annotated[bool, typer.Option("--symlinks", help="Link to the images from inside the project.")]


@importing.command("project")
def import_project(
    images: Annotated[
        Path | None,
        typer.Option(
            "-i",
            "--images",
            help="The folder that file names are relative to.",
            show_default="with --csv the table's folder",
        ),
    ] = None,
    annotations: Annotated[
        Path | None, typer.Option("-a", "--annotations", help="The COCO JSON file of --coco.")
    ] = None,
    coco: Annotated[bool, typer.Option("--coco", help="The dataset is in COCO format.")] = False,
    folder: Annotated[
        Path | None,
        typer.Option("--folder", help="A folder of folders named after classes, with the images in them."),
    ] = None,
    splits: Annotated[
        str | None,
        typer.Option(
            "--splits",
            help="The folders in --folder that are splits, such as train,val; classes lie in them.",
            show_default="what is recognised",
        ),
    ] = None,
    no_splits: Annotated[
        bool, typer.Option("--no-splits", help="Every folder in --folder is a class, whatever its name.")
    ] = False,
    table: Annotated[
        Path | None, typer.Option("--csv", help="A CSV file with an image and its class in every row.")
    ] = None,
    path_column: Annotated[
        str | None, typer.Option("--path-column", help="The column of --csv that names the image.")
    ] = None,
    label_column: Annotated[
        str | None, typer.Option("--label-column", help="The column of --csv that names the class.")
    ] = None,
    id_column: Annotated[
        str | None,
        typer.Option("--id-column", help="The column of --csv with images' ids.", show_default="id or image_id"),
    ] = None,
    target: Target = Path(),
    name: Annotated[
        str | None, typer.Option("--name", help="The project's name.", show_default="the images folder's")
    ] = None,
    split: Annotated[str | None, typer.Option("--split", help="The split that these images belong to.")] = None,
    add: Annotated[bool, typer.Option("--add", help="Add to the project NAME instead of making it.")] = False,
    copy: Copy = False,
    symlinks: Symlinks = False,
    as_json: Json = False,
) -> None:
    """Import a dataset as a new project, or add it to one: COCO, or images with a class each by folder or by table.

    Example: assay import project --coco -i images -a instances.json --name street --split train

    Example: assay import project --folder flowers

    Example: assay import project --csv labels.csv -i images --path-column file --label-column species
    """
    _check_format({"--coco": coco, "--folder": folder is not None, "--csv": table is not None})
    of_table = {"--path-column": path_column, "--label-column": label_column, "--id-column": id_column}
    chosen = read_splits(splits, no_splits=no_splits)
    of_folder = {"--splits": splits, "--no-splits": no_splits or None}
    is_said = folder is not None and chosen is None
    body: dict[str, Any]
    if folder is not None:
        _refuse("--folder", {"-i/--images": images, "-a/--annotations": annotations, **of_table})
        root = _readable(folder, "folder")
        if chosen is None and can_ask(as_json=as_json):
            chosen, is_said = ask_splits(find_workspace(target), root), False
        place, body = "folder", {"root": str(root), "splits": chosen}
    elif table is not None:
        _refuse("--csv", {"-a/--annotations": annotations, **of_folder})
        path_column, label_column = (_given("--csv", option, value) for option, value in list(of_table.items())[:2])
        file = _readable(table, "table")
        place, body = (
            "csv",
            {
                "images": str(file.parent if images is None else _readable(images, "images folder")),
                "table": str(file),
                "path_column": path_column,
                "label_column": label_column,
                "id_column": id_column,
            },
        )
    else:
        _refuse("--coco", of_table | of_folder)
        images, annotations = _given("--coco", "-i/--images", images), _given("--coco", "-a/--annotations", annotations)
        place, body = (
            "coco",
            {
                "images": str(_readable(images, "images folder")),
                "annotations": str(_readable(annotations, "annotation file")),
            },
        )
    if add and name is None and is_project(locate(target)):
        name = locate(target).name
    body |= {"name": name, "split": split, "add": add, "files": _placement(copy, symlinks)}
    result = _run(find_workspace(target), name, f"/api/projects/import/{place}", body, as_json=as_json)
    report = result.pop("report")
    if as_json:
        print_json(result)
    else:
        _print_report(result, report, kept=coco)
    if is_said:
        tell_choice(report)
    if "everything_lost" in result:
        typer.secho(f"\nERROR: {result['everything_lost']}", err=True, bold=True)
        raise typer.Exit(InputError.exit_code)


def _check_format(chosen: dict[str, bool]) -> None:
    given = [option for option, is_given in chosen.items() if is_given]
    if len(given) != 1:
        raise UsageError(
            "Choose one of the formats." if given else "The dataset's format is missing.",
            item="import project",
            expected=", ".join(chosen),
            actual=" and ".join(given) or "no format option",
        )


def _given(of: str, option: str, value: Given | None) -> Given:
    if value is None:
        raise UsageError(f"{of} needs {option}.", item=option, expected=f"{option} VALUE", actual="nothing")
    return value


def _refuse(of: str, options: dict[str, Any]) -> None:
    for option, value in options.items():
        if value is not None:
            raise UsageError(f"{option} has no meaning with {of}.", item=option, expected="nothing", actual=str(value))


def init(
    root: Annotated[Path, typer.Argument(help="The folder of images.")],
    target: Target = Path(),
    name: Annotated[str | None, typer.Option("--name", help="The project's name.", show_default="the folder's")] = None,
    data_glob: Annotated[
        list[str] | None,
        typer.Option("--data-glob", help="Which files to take, such as '*.png'; repeatable."),
    ] = None,
    dryrun: Annotated[bool, typer.Option("--dryrun", help="Only list the images that would be taken.")] = False,
    copy: Copy = False,
    symlinks: Symlinks = False,
    no_metrics: Annotated[bool, typer.Option("--no-metrics", help="Compute no metrics.")] = False,
    as_json: Json = False,
) -> None:
    """Make a project of a folder of images.

    Example: assay init ~/photos --name photos --data-glob '*.jpg'
    """
    folder = _readable(root, "images folder")
    if dryrun:
        _preview(find_workspace(target), {"root": str(folder), "patterns": data_glob or []}, as_json=as_json)
        return
    body: dict[str, Any] = {
        "root": str(folder),
        "name": name,
        "patterns": data_glob or [],
        "files": _placement(copy, symlinks),
        "metrics": not no_metrics,
    }
    result = _run(find_workspace(target), name, "/api/projects/init", body, as_json=as_json)
    report = result.pop("report")
    if as_json:
        print_json(result)
    else:
        _print_report(result, report, kept=False)


def refresh(target: Target = Path(), as_json: Json = False) -> None:
    """Take in what changed in the annotation file and on disk, and recompute only what that touches.

    Tags stay with their items. Tagged items that are gone, or whose id now stands for something else, are listed.

    Example: assay refresh -t street
    """
    from assay.client.connection import connect
    from assay.client.routes import project_route

    project = find_project(target)
    with connect(project.parent, project=project.name, actor="cli") as connection:
        ask_for_approval(connection, project)
        with follow_jobs(quiet=as_json) as follow:
            result = connection.run_job(f"{project_route(project.name)}/refresh", {}, follow)
    if as_json:
        print_json(result)
    else:
        _print_changes(result)
    tell_skipped(result["skipped"], project)


def _print_changes(result: dict[str, Any]) -> None:
    names = ["new", "changed", "removed", "missing"]
    rows = [
        [scope, *(f"{result[scope][name]:,}" if name in result[scope] else "" for name in names)]
        for scope in ("images", "annotations")
    ]
    print_table(["", *names], rows, right=frozenset({1, 2, 3, 4}))
    say("", f"The pixels of {result['measured']:,} images were measured.")
    for key, reason in result.get("failed_metrics", {}).items():
        say(f"{key} stopped: {reason}", err=True)
    warn_of_unreachable(result)
    if result["conflict_count"]:
        say("", f"{result['conflict_count']:,} tagged items are not what they were:")
        for conflict in result["conflicts"][:20]:
            what = _CONFLICTS[conflict["kind"]]
            say(f"  {conflict['scope']} {conflict['id']}: {what}; it had the tags {', '.join(conflict['tags'])}")
        if result["conflict_count"] > 20:
            say("  …; all of them with --json")


def _preview(workspace: Path, body: dict[str, Any], *, as_json: bool) -> None:
    from assay.client.connection import connect

    with connect(workspace, actor="cli") as connection:
        preview = connection.post("/api/projects/init/preview", body)
    if as_json:
        print_json(preview)
        return
    say("", "".join(preview["images"]))
    say(f"{len(preview['images']):,} images would be taken; nothing has been written.", err=True)


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("init")(init)
    app.command("refresh")(refresh)


def _run(workspace: Path, name: str | None, path: str, body: dict[str, Any], *, as_json: bool) -> dict[str, Any]:
    from assay.client.connection import connect

    make_workspace(workspace)
    with connect(workspace, project=name, actor="cli") as connection, follow_jobs(quiet=as_json) as follow:
        return connection.run_job(path, body, follow)


def _readable(path: Path, what: str) -> Path:
    full = absolute(path)
    if not os.path.exists(full):  # noqa: PTH110 - false, not an error, for a path no system can have
        raise InputError(
            f"The {what} does not exist.", item=str(path), expected="an existing path", actual="nothing there"
        )
    return full


def _placement(copy: bool, symlinks: bool) -> str:
    if copy and symlinks:
        raise UsageError("Choose one of --copy and --symlinks.", expected="at most one", actual="both")
    return "copy" if copy else "symlinks" if symlinks else "in-place"


def _print_report(result: dict[str, Any], report: list[dict[str, Any]], *, kept: bool) -> None:
    say(
        f"{result['project']}: {result['images']:,} images, {result['annotations']:,} annotations, "
        f"{result['classes']:,} classes."
    )
    if not report:
        say("The import doctor found nothing odd.")
    else:
        say("", "The import doctor found:")
        rows = [[f["severity"], f"{f['count']:,}", f["message"]] for f in report]
        print_table(["", "count", "what"], rows, right=frozenset({1}))
        say("", "First examples:")
        for finding in report:
            for example in finding["examples"][:2]:
                say(f"  {finding['code']}: {example}")
        if kept and any(f["severity"] == "skipped" for f in report):
            say("Skipped records are kept as they are and written back by an export.")
    warn_of_unreachable(result)
    say("", f"Next: assay start -t {result['project']}")
