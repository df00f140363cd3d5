"""Pictures: thumbnail, large view, and the surroundings of an object.

Routes wait for their picture without holding one of the threads that all other routes share: a network share that
hangs keeps nobody from anything else.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from fastapi.responses import Response

from assay.api.app import App
from assay.api.depends import Row, TheApp, TheStore
from assay.api.patiently import patiently
from assay.api.routers import api_router
from assay.api.schemas.items import Side
from assay.errors import NotFoundError
from assay.media.decode import RgbImage
from assay.media.display import PictureFile, TurnNeededError
from assay.media.memory_file import FileBytes
from assay.media.reading import read_image
from assay.media.thumbnails import make_thumbnail
from assay.media.versions import file_version, thumbnail_key
from assay.media.view import CROP_EDGE, find_crop_region, make_crop, make_view
from assay.project.details import find_box, find_image_file
from assay.project.store import Store

router = api_router("images")

Result = TypeVar("Result")

_JPEG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/jpeg": {}}}}


@dataclass(frozen=True)
class _ImageFile:
    store: Store
    recorded: str
    name: str
    oriented: bool
    width: int | None
    height: int | None

    @property
    def path(self) -> Path:
        """Where the file is; to be asked where the disk may be waited for, since links on the way are followed.

        Raises:
            UntrustedError: It lies in no folder that the user has approved.
        """
        return self.store.trust.locate(self.recorded)

    def read(self) -> FileBytes:
        try:
            return read_image(self.path, self.name)[0]
        except OSError as error:
            raise NotFoundError(
                "The image file is gone or cannot be read.",
                item=self.name,
                expected=str(self.path),
                actual=error.strerror or str(error),
                hint="Put the images back, or name their new place: assay project relocate --images DIR",
            ) from error

    def stat(self) -> os.stat_result | None:
        """Return the file's size and time, None where it cannot be read."""
        try:
            return self.path.stat()
        except OSError:
            return None

    def as_it_is(self, stat: os.stat_result | None) -> PictureFile:
        """Return the file as it is shown; its key is a short text that changes when the file does."""
        version = file_version(str(self.path), stat, oriented=self.oriented)
        return PictureFile(version, self.name, self.oriented, 0 if stat is None else stat.st_size, self.read)

    def scale(self, width: int, height: int, full: tuple[int, int]) -> tuple[float, float]:
        """Return how many pixels of a width and height make one of the declared size, across and down."""
        return width / (self.width or full[0]), height / (self.height or full[1])


@dataclass(frozen=True)
class _ObjectPlace:
    """An object's box in the declared size of its image."""

    file: _ImageFile
    key: str
    box: tuple[float, float, float, float]

    def box_in(self, width: int, height: int, full: tuple[int, int]) -> tuple[float, float, float, float]:
        """Return the box in pixels of the image as it is decoded."""
        across, down = self.file.scale(width, height, full)
        x, y, w, h = self.box
        return x * across, y * down, w * across, h * down


def _find(row: Row, store: TheStore) -> _ImageFile:
    path, name, oriented, width, height = find_image_file(store, row)
    if path is None:
        raise NotFoundError(
            "The image file is missing.",
            item=name,
            expected="a file in the images folder",
            actual="nothing there",
            hint="Put it there and run `assay refresh`, or name its new place: assay project relocate --images DIR",
        )
    return _ImageFile(store, path, name, oriented, width, height)


def _find_annotation(row: Row, store: TheStore) -> _ObjectPlace:
    return _find_object(store, "annotation", row)


def _find_prediction(row: Row, store: TheStore) -> _ObjectPlace:
    return _find_object(store, "prediction", row)


def _find_object(store: Store, of: Side, row: int) -> _ObjectPlace:
    image, box = find_box(store, of, row)
    return _ObjectPlace(_find(image, store), f"{of}-{row}", box)


async def _wait(app: App, file: _ImageFile, work: Callable[[bool], Result]) -> Result:
    """Have something made of an image file in a thread for pictures; ``work`` is told whether it is a large one's turn.

    Large ones have a thread of their own, where they wait for one another without keeping the others waiting.
    """
    place = str(file.store.directory)
    try:
        return await patiently(app.picture_threads, place, partial(work, False), item=file.name)
    except TurnNeededError:
        return await patiently(app.large_picture_threads, place, partial(work, True), item=file.name)


def _answer(
    request: Request, body: bytes, media_type: str, version: str, headers: dict[str, str] | None = None
) -> Response:
    all_headers = {"Cache-Control": "private, max-age=60", "ETag": f'"{version}"', **(headers or {})}
    if request.headers.get("if-none-match") == all_headers["ETag"]:
        return Response(status_code=304, headers=all_headers)
    return Response(body, media_type=media_type, headers=all_headers)


@router.get("/projects/{project}/images/{row}/thumbnail", response_class=Response, responses=_JPEG)
async def get_thumbnail(file: Annotated[_ImageFile, Depends(_find)], app: TheApp, request: Request) -> Response:
    """Return a JPEG of at most 320 pixels a side."""

    def work(turn: bool) -> Response:
        stat = file.stat()
        picture = file.as_it_is(stat)
        key = thumbnail_key(str(file.path), stat, oriented=file.oriented)
        thumbnail = file.store.thumbnails.get(key)
        if thumbnail is None:
            thumbnail = make_thumbnail(app.large_pictures.shrink(picture, 320, turn=turn))
            file.store.thumbnails.put(key, thumbnail)
        return _answer(request, thumbnail, "image/jpeg", picture.key)

    return await _wait(app, file, work)


@router.get("/projects/{project}/images/{row}/view", response_class=Response, responses=_JPEG)
async def get_view(file: Annotated[_ImageFile, Depends(_find)], app: TheApp, request: Request) -> Response:
    """Return the picture in a format that browsers show, at most 4096 pixels a side."""

    def work(turn: bool) -> Response:
        picture = file.as_it_is(file.stat())
        if request.headers.get("if-none-match") == f'"{picture.key}"':
            return _answer(request, b"", "image/jpeg", picture.key)
        with app.large_pictures.reading(picture, turn=turn) as read:
            body, media_type = make_view(
                read.read(),
                apply_orientation=file.oriented,
                item=file.name,
                shrink=lambda edge: app.large_pictures.shrink(read, edge, turn=turn),
            )
        return _answer(request, body, media_type, picture.key)

    return await _wait(app, file, work)


@router.get("/projects/{project}/annotations/{row}/crop", response_class=Response, responses=_JPEG)
async def get_crop(
    place: Annotated[_ObjectPlace, Depends(_find_annotation)], app: TheApp, request: Request
) -> Response:
    """Return the surroundings of an annotation as a JPEG; ``X-Assay-Region`` is its x,y,w,h in the image."""
    return await _crop(place, app, request)


@router.get("/projects/{project}/predictions/items/{row}/crop", response_class=Response, responses=_JPEG)
async def get_prediction_crop(
    place: Annotated[_ObjectPlace, Depends(_find_prediction)], app: TheApp, request: Request
) -> Response:
    """Return the surroundings of a prediction as a JPEG; ``X-Assay-Region`` is its x,y,w,h in the image."""
    return await _crop(place, app, request)


async def _crop(place: _ObjectPlace, app: App, request: Request) -> Response:
    file = place.file

    def work(turn: bool) -> Response:
        picture = file.as_it_is(file.stat())

        def find_scale(width: int, height: int) -> float:
            return CROP_EDGE / max(find_crop_region(width, height, place.box_in(width, height, (width, height)))[2:])

        def cut(rgb: RgbImage, full: tuple[int, int]) -> Response:
            height, width = rgb.shape[:2]
            body, region = make_crop(rgb, place.box_in(width, height, full))
            across, down = file.scale(width, height, full)
            x, y, w, h = region[0] / across, region[1] / down, region[2] / across, region[3] / down
            shown = {"X-Assay-Region": f"{x:g},{y:g},{w:g},{h:g}"}
            return _answer(request, body, "image/jpeg", f"{picture.key}-{place.key}", shown)

        return app.large_pictures.use(picture, cut, find_scale, turn=turn)

    return await _wait(app, file, work)
