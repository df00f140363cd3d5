"""Make projects: ``assay import``, ``assay init``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from assay.cli.folders import ask_splits, can_ask, tell_choice
from assay.cli.formats import add_flags, choose_format, existing, read_options, refuse_choice
from assay.cli.output import follow_jobs, print_json, print_table, say, warn_of_unreachable
from assay.cli.target import Json, Target, find_project, find_workspace, locate
from assay.cli.trust import ask_for_approval, tell_skipped
from assay.errors import InputError, UsageError
from assay.formats.flags import Command, all_commands
from assay.formats.rejected import NOT_KEPT
from assay.project.manifest import is_project, make_workspace

importing = typer.Typer(help="Import datasets.", no_args_is_help=True, rich_markup_mode=None)

_CONFLICTS = {
    "removed": "it is gone",
    "other_file": "its id now names another file",
    "other_image": "it is in another image now",
    "other_class": "it is of another class now",
}
Copy = Annotated[bool, typer.Option("--copy", help="Copy the images into the project.")]
Symlinks = Annotated[bool, typer.Option("--symlinks", help="Link to the images from inside the project.")]


def import_project(
    *,
    path: Annotated[
        Path | None, typer.Argument(help="A dataset whose format is to be recognised.", show_default=False)
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
    **given: Any,
) -> None:
    """Import a dataset as a new project, or add it to one: COCO, YOLO, or images with a class by folder or table."""
    commands = all_commands()
    if path is None:
        chosen = choose_format(commands, given)
        options = read_options(commands, chosen, given)
    else:
        chosen, known = _recognise(find_workspace(target), commands, given, path)
        options = read_options(commands, chosen, given, known)
    is_said = chosen.key == "folder" and "splits" not in options
    if is_said and can_ask(as_json=as_json):
        options["splits"], is_said = ask_splits(find_workspace(target), Path(options["root"])), False
    if add and name is None and is_project(locate(target)):
        name = locate(target).name
    body = {**options, "name": name, "split": split, "add": add, "files": _placement(copy, symlinks)}
    result = _run(find_workspace(target), name, f"/api/projects/import/{chosen.key}", body, as_json=as_json)
    report = result.pop("report")
    if as_json:
        print_json(result)
    else:
        _print_report(result, report, kept=chosen.keeps_skipped)
    if is_said:
        tell_choice(report)
    if "everything_lost" in result:
        typer.secho(f"\nERROR: {result['everything_lost']}", err=True, bold=True)
        raise typer.Exit(InputError.exit_code)


def _recognise(
    workspace: Path, commands: list[Command], given: dict[str, Any], path: Path
) -> tuple[Command, dict[str, Any]]:
    """Return the format of a dataset and what follows from its path; say what was seen."""
    from assay.client.connection import connect
    from assay.client.importing import only_recognised

    refuse_choice(commands, given, path)
    place = existing(path, "dataset")
    make_workspace(workspace)
    with connect(workspace, actor="cli") as connection:
        found = connection.post("/api/projects/import/recognise", {"path": str(place)})
    seen = only_recognised(path, found, {command.key: command.choice for command in commands})
    say(f"{path} is {seen['title']}: {seen['reason']}.", err=True)
    [chosen] = [command for command in commands if command.key == seen["format"]]
    return chosen, dict(seen["options"])


def register_import(app: typer.Typer) -> None:
    """Add ``import project`` with the flags of the formats that are listed now."""
    commands = all_commands()
    command = add_flags(import_project, (flag for known in commands for flag in known.flags))
    asked = ["street", *(known.example for known in commands)]
    examples = "".join(f"\n\nExample: assay import project {each}" for each in asked)
    app.command("project", help=f"{import_project.__doc__}{examples}")(command)


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
    transformer: Annotated[
        Path | None,
        typer.Option(
            "--transformer",
            help="A Python file to run: its transform(image_path, label_paths) returns a list of assay.Annotation.",
            show_default=False,
        ),
    ] = None,
    label_glob: Annotated[
        str | None,
        typer.Option("--label-glob", help="The label files for --transformer, below the folder: '**/*.txt'."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a project of a folder of images, with labels where a Python file reads them.

    Example: assay init ~/photos --name photos --data-glob '*.jpg'

    Example: assay init ~/photos --transformer ours.py --label-glob '**/*.txt' --dryrun
    """
    folder = existing(root, "images folder")
    if transformer is not None:
        _refuse([(no_metrics, "--no-metrics")], "with --transformer")
        file, files = existing(transformer, "transformer"), _placement(copy, symlinks)
        workspace = find_workspace(target)
        _init_transformed(workspace, folder, name, file, label_glob, data_glob, files, dryrun=dryrun, as_json=as_json)
        return
    _refuse([(label_glob is not None, "--label-glob")], "without --transformer")
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


def _refuse(given: list[tuple[bool, str]], beside: str) -> None:
    """Check that no flag is given that has no meaning.

    Raises:
        UsageError: one is.
    """
    for is_given, flag in given:
        if is_given:
            raise UsageError(f"{flag} has no meaning {beside}.", item=flag, expected="nothing", actual="given")


def _init_transformed(
    workspace: Path,
    folder: Path,
    name: str | None,
    transformer: Path,
    label_glob: str | None,
    data_glob: list[str] | None,
    files: str,
    *,
    dryrun: bool,
    as_json: bool,
) -> None:
    """Make a project of a folder of images and of what a Python file makes of their labels."""
    from assay.client.annotations import labels_written
    from assay.client.transformer import run_transformer
    from assay.project.naming import suggest_project_name

    found = run_transformer(transformer, folder, label_glob, data_glob)
    counts = {"images": len(found.images), "annotations": sum(found.classes.values()), "classes": len(found.classes)}
    if found.unused:
        say(f"{len(found.unused):,} label files belong to no image, such as {found.unused[0]}.", err=True)
    if dryrun:
        told = {"root": str(folder), "label_files": found.label_files, "unused_label_files": found.unused}
        names = [(each.name, len(each.annotations)) for each in found.images]
        if as_json:
            images = [{"file_name": name, "annotations": count} for name, count in names]
            print_json({**told, "images": images, "annotations": counts["annotations"], "classes": found.classes})
            return
        print_table(["image", "annotations"], [[name, f"{count:,}"] for name, count in names])
        say(", ".join(f"{count:,} {key}" for key, count in counts.items()) + "; nothing has been written.", err=True)
        return
    make_workspace(workspace)
    name = name or suggest_project_name(folder)
    with labels_written(workspace, name, found.images) as labels:
        body = {"annotations": str(labels), "images": str(folder), "name": name, "files": files}
        result = _run(workspace, name, "/api/projects/import/coco", body, as_json=as_json)
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
    register_import(importing)


def _run(workspace: Path, name: str | None, path: str, body: dict[str, Any], *, as_json: bool) -> dict[str, Any]:
    from assay.client.connection import connect

    make_workspace(workspace)
    with connect(workspace, project=name, actor="cli") as connection, follow_jobs(quiet=as_json) as follow:
        return connection.run_job(path, body, follow)


def _placement(copy: bool, symlinks: bool) -> str:
    if copy and symlinks:
        raise UsageError("Choose one of --copy and --symlinks.", expected="at most one", actual="both")
    return "copy" if copy else "symlinks" if symlinks else "in-place"


def _describe_columns(told: dict[str, Any]) -> str:
    """Return what the columns of a table were read as."""
    columns = [f"{key.replace('_', ' ')} = {name}" for key, name in told["columns"].items()]
    if "box" in told:
        columns.append(f"box = {', '.join(told['box'])} ({told['box_format']}, {told['units']})")
    return f"Read as {'objects' if told['as'] == 'objects' else 'labels of images'}: {'; '.join(columns)}."


def _print_report(result: dict[str, Any], report: list[dict[str, Any]], *, kept: bool) -> None:
    say(
        f"{result['project']}: {result['images']:,} images, {result['annotations']:,} annotations, "
        f"{result['classes']:,} classes."
    )
    if "read_as" in result:
        say(_describe_columns(result["read_as"]))
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
            not_kept = sum(f["count"] for f in report if f["code"] == NOT_KEPT)
            others = f"Skipped records but for {not_kept:,}" if not_kept else "Skipped records"
            say(f"{others} are kept as they are and written back by an export.")
    warn_of_unreachable(result)
    say("", f"Next: assay start -t {result['project']}")
