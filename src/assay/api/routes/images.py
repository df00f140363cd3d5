"""Pictures: thumbnail, large view, and the surroundings of an object."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response

from assay.api.depends import Row, TheStore
from assay.errors import InputError, NotFoundError
from assay.media.decode import decode_rgb
from assay.media.header import read_header
from assay.media.thumbnails import make_thumbnail
from assay.media.versions import file_version, thumbnail_key
from assay.media.view import make_crop, make_view
from assay.project.store import Store

router = APIRouter(tags=["images"])

_JPEG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/jpeg": {}}}}


@dataclass(frozen=True)
class _ImageFile:
    path: Path
    name: str
    oriented: bool
    width: int | None
    height: int | None

    def read(self) -> bytes:
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise NotFoundError(
                "The image file is gone or cannot be read.",
                item=self.name,
                expected=str(self.path),
                actual=error.strerror or str(error),
                hint="Put the images back where they were.",
            ) from error

    def stat(self) -> os.stat_result | None:
        """Return the file's size and time, None where it cannot be read."""
        try:
            return self.path.stat()
        except OSError:
            return None

    def version(self) -> str:
        """Return a short text that changes when the file does."""
        return file_version(str(self.path), self.stat(), oriented=self.oriented)


def _find(store: Store, row: int) -> _ImageFile:
    with store.read() as cursor:
        found = cursor.execute(
            "SELECT i.path, i.file_name, coalesce(f.apply_orientation, TRUE), i.width, i.height "
            "FROM image i LEFT JOIN image_file f USING (row) WHERE i.row = ?",
            [row],
        ).fetchone()
    if found is None:
        raise NotFoundError("There is no such image.", item=f"row {row}", expected="an image's row", actual="none")
    path, name, oriented, width, height = found
    if path is None:
        raise NotFoundError(
            "The image file is missing.",
            item=name,
            expected="a file in the images folder",
            actual="nothing there",
        )
    return _ImageFile(store.directory / path, name, oriented, width, height)


def _answer(
    request: Request, body: bytes, media_type: str, version: str, headers: dict[str, str] | None = None
) -> Response:
    all_headers = {"Cache-Control": "private, max-age=60", "ETag": f'"{version}"', **(headers or {})}
    if request.headers.get("if-none-match") == all_headers["ETag"]:
        return Response(status_code=304, headers=all_headers)
    return Response(body, media_type=media_type, headers=all_headers)


@router.get("/projects/{project}/images/{row}/thumbnail", response_class=Response, responses=_JPEG)
def get_thumbnail(row: Row, store: TheStore, request: Request) -> Response:
    """Return a JPEG of at most 320 pixels a side."""
    file = _find(store, row)
    stat = file.stat()
    key = thumbnail_key(str(file.path), stat, oriented=file.oriented)
    thumbnail = store.thumbnails.get(key)
    if thumbnail is None:
        picture = decode_rgb(file.read(), apply_orientation=file.oriented, item=file.name).rgb
        thumbnail = make_thumbnail(picture)
        store.thumbnails.put(key, thumbnail)
    version = file_version(str(file.path), stat, oriented=file.oriented)
    return _answer(request, thumbnail, "image/jpeg", version)


@router.get("/projects/{project}/images/{row}/view", response_class=Response, responses=_JPEG)
def get_view(row: Row, store: TheStore, request: Request) -> Response:
    """Return the picture in a format that browsers show, at most 4096 pixels a side."""
    file = _find(store, row)
    version = file.version()
    if request.headers.get("if-none-match") == f'"{version}"':
        return _answer(request, b"", "image/jpeg", version)
    data = file.read()
    body, media_type = make_view(data, read_header(data, item=file.name), apply_orientation=file.oriented)
    return _answer(request, body, media_type, version)


@router.get("/projects/{project}/annotations/{row}/crop", response_class=Response, responses=_JPEG)
def get_crop(row: Row, store: TheStore, request: Request) -> Response:
    """Return the surroundings of an annotation as a JPEG; ``X-Assay-Region`` is its x,y,w,h in the image."""
    return _crop(store, "annotation", row, request)


@router.get("/projects/{project}/predictions/items/{row}/crop", response_class=Response, responses=_JPEG)
def get_prediction_crop(row: Row, store: TheStore, request: Request) -> Response:
    """Return the surroundings of a prediction as a JPEG; ``X-Assay-Region`` is its x,y,w,h in the image."""
    return _crop(store, "prediction", row, request)


def _crop(store: Store, of: Literal["annotation", "prediction"], row: int, request: Request) -> Response:
    with store.read() as cursor:
        found = cursor.execute(f"SELECT image, x, y, w, h FROM {of} WHERE row = ?", [row]).fetchone()
    if found is None:
        raise NotFoundError(f"There is no such {of}.", item=f"row {row}", expected=f"row of a {of}", actual="none")
    image, *box = found
    if box[0] is None:
        raise InputError(f"The {of} has no box to cut out.", item=f"row {row}", expected="a box", actual="none")
    file = _find(store, image)
    picture = decode_rgb(file.read(), apply_orientation=file.oriented, item=file.name).rgb
    across = picture.shape[1] / (file.width or picture.shape[1])
    down = picture.shape[0] / (file.height or picture.shape[0])
    body, (x, y, w, h) = make_crop(picture, (box[0] * across, box[1] * down, box[2] * across, box[3] * down))
    region = f"{x / across:g},{y / down:g},{w / across:g},{h / down:g}"
    return _answer(request, body, "image/jpeg", f"{file.version()}-{of}-{row}", {"X-Assay-Region": region})
