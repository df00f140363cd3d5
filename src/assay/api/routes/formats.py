"""Datasets in and out: a route for each format of the registry to import, and for each that can be written."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, create_model

from assay.api.app import App
from assay.api.depends import Actor, TheApp, TheStore
from assay.api.paths import find_path
from assay.api.patiently import patiently
from assay.api.routers import api_router
from assay.api.routes.jobs import describe, start_making
from assay.api.schemas.jobs import (
    ExportRequest,
    FolderPreview,
    FormatInfo,
    ImportRequest,
    InitPreview,
    InitProject,
    JobInfo,
    PreviewFolder,
    RecognisedFormat,
    RecognisePath,
)
from assay.errors import ExistsError, InputError, UsageError
from assay.formats.classification.folders import preview_class_folder
from assay.formats.format import Format, Writer
from assay.formats.images import IMAGES
from assay.formats.registry import all_formats, recognise
from assay.jobs.records import Job
from assay.media.files import list_images
from assay.project.naming import suggest_project_name


def make_router() -> APIRouter:
    """Return the routes of the formats that are registered now."""
    router = api_router("jobs")
    for known in all_formats().values():
        if known is not IMAGES:  # which is asked for by ``init``
            _add_import(router, known)
        if known.writer is not None:
            _add_export(router, known, known.writer)
    router.get("/formats")(list_formats)
    router.post("/projects/import/folder/preview")(preview_folder)
    router.post("/projects/init/preview")(preview_init)
    router.post("/projects/import/recognise")(recognise_formats)
    router.post("/projects/init", status_code=202)(init_project)
    return router


def list_formats() -> list[FormatInfo]:
    """Return the formats that are registered, in the order in which they are offered."""
    return [
        FormatInfo(
            format=known.key,
            title=known.title,
            reads_predictions=None if known.predictions is None else known.predictions.title,
            writes=known.writer is not None,
        )
        for known in all_formats().values()
        if known is not IMAGES
    ]


async def preview_folder(request: PreviewFolder, app: TheApp) -> FolderPreview:
    """Tell what the folders of an import would stand for; write nothing."""
    root = await find_path(request.root)
    look = partial(preview_class_folder, root, request.splits)
    return FolderPreview(**await patiently(app.listing_threads, str(root), look, item=request.root[:500]))


async def preview_init(request: InitProject, app: TheApp) -> InitPreview:
    """List the images that a project of a folder would take in; write nothing."""
    root = await find_path(request.root)
    look = partial(list_images, root, request.patterns or None)
    names = await patiently(app.listing_threads, str(root), look, item=request.root[:500])
    return InitPreview(root=str(root), images=[name.encode(errors="replace").decode() for name in names])


async def recognise_formats(request: RecognisePath, app: TheApp) -> list[RecognisedFormat]:
    """Tell which formats a file or folder may be in, why, and what an import of it would be asked with."""
    path = await find_path(request.path)
    found = await patiently(app.listing_threads, str(path), partial(recognise, path), item=request.path[:500])
    return [
        RecognisedFormat(
            format=known.key,
            title=known.title,
            reason=seen.reason,
            options=dict(seen.options),
            images=None if known.is_folder else known.images,
        )
        for known, seen in found
    ]


async def init_project(request: InitProject, app: TheApp, actor: Actor = "unknown") -> JobInfo:
    """Make a project of a folder of images."""
    return await _import(IMAGES, request, "Taking in {name}", app, actor)


def _add_import(router: APIRouter, known: Format) -> None:
    model = create_model(
        f"Import{known.key.capitalize()}", __base__=(ImportRequest, known.options), __doc__=known.options.__doc__
    )

    async def start(request: Any, app: TheApp, actor: Actor = "unknown") -> JobInfo:
        return await _import(known, request, "Adding to {name}" if request.add else "Importing {name}", app, actor)

    start.__annotations__["request"] = model
    router.post(
        f"/projects/import/{known.key}",
        status_code=202,
        name=f"import_{known.key}",
        description=f"Import {known.title} as a new project, or add to one.",
    )(start)


async def _import(known: Format, request: BaseModel, title: str, app: App, actor: str) -> JobInfo:
    given = request.model_dump(exclude={"name"})
    if given[known.images] is None:
        given[known.images] = await _find_images(known, await find_path(given[known.labels]), app)
    paths = {option: await find_path(given[option]) for option in (known.images, known.labels)}
    params: dict[str, Any] = {"format": known.key}
    # in this order: a job of before there was one kind is found again by its parameters' text
    params |= {option: given[option] for option in known.options.model_fields if option in given}
    params |= {option: value for option, value in given.items() if option not in params}
    params |= {option: str(path) for option, path in paths.items()}

    def start() -> JobInfo:
        name = getattr(request, "name", None) or suggest_project_name(paths[known.images])
        return start_making(app, "import", title.format(name=name), name, params, actor)

    return await run_in_threadpool(start)


async def _find_images(known: Format, labels: Path, app: App) -> str:
    """Return the images folder that follows from where the labels are."""
    look = partial(known.find_images, labels)
    images = await patiently(app.listing_threads, str(labels), look, item=str(labels)[:500])
    if images is None:
        raise InputError(
            "Where the images are does not follow from the labels.",
            item=str(labels)[:500],
            expected=f"the option {known.images}, or labels of images that are where they say",
            actual="not told",
        )
    return str(images)


def _add_export(router: APIRouter, known: Format, writer: Writer) -> None:
    model = create_model(f"Export{known.key.capitalize()}", __base__=(ExportRequest, writer.options))

    def start(project: str, request: Any, store: TheStore, app: TheApp, actor: Actor = "unknown") -> JobInfo:
        _check_target(writer, request)
        params = {"format": known.key, **request.model_dump(exclude={"overwrite"})}
        title = f"{'Counting' if request.dry_run else 'Exporting'} {project}"
        return describe(app.jobs.start(store, Job("export", title, project, params, actor)))

    start.__annotations__["request"] = model
    router.post(
        f"/projects/{{project}}/export/{known.key}",
        status_code=202,
        name=f"export_{known.key}",
        description=f"Write the project as {known.title}.",
    )(start)


def _check_target(writer: Writer, request: ExportRequest) -> None:
    """Check that a file, or folder, can be written at a path.

    Raises:
        UsageError: it is relative, or a folder where a file is to be.
        ExistsError: something is there, and may not be replaced.
    """
    path, is_dry = request.path, request.dry_run
    if not os.path.isabs(path) or "\x00" in path:  # noqa: PTH117 - of a text, not of a Path
        raise UsageError(
            "The file to write must be named from the root on.",
            item=path[:500],
            expected="an absolute path of the machine that serves the project",
            actual="a relative path",
        )
    place = Path(path)
    is_folder = place.is_dir()
    if is_folder and not writer.is_folder and not is_dry:
        raise ExistsError("A folder is where the file is to be.", item=path[:500], expected="a file", actual="a folder")
    is_free = not os.path.lexists(path) or (is_folder and writer.is_folder and not any(place.iterdir()))
    if not is_free and not request.overwrite and not is_dry:
        raise ExistsError(
            "What is to be written is there already.",
            item=path[:500],
            expected="a path where nothing is",
            actual="a folder with something in it" if is_folder else "a file",
            hint="Replace it with --force.",
        )
