"""What a project asks for that needs an approval: jobs to go on with, code to run, places to read."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import orjson

from assay.project.places import resolve_path
from assay.project.sourcekinds import leads_on
from assay.project.store import Store
from assay.project.trust import Thing, code, is_below, is_wide, job

RequestKind = Literal["job", "code", "images", "file"]
_NAMES = {
    "export-coco": "write the file {path}",
    "import-coco": "import {annotations}, with images in {images}",
    "import-csv": "import {table}, with images in {images}",
    "import-folder": "import the images in {root}",
    "import-images": "take in the images in {root}",
    "init": "take in the images in {root}",
    "import-predictions": "import predictions from {path}",
    "metrics": "compute metrics",
    "refresh": "read its sources anew",
}


@dataclass(frozen=True)
class Request:
    """One thing that a project asks for.

    Attributes:
        kind: ``job``, ``code``, ``images`` of a folder, or a ``file`` of labels.
        text: What it would do, for a person: "run the Python file /x/y.py".
        subject: The job's id, the path of the code, folder or file.
        approved: Whether the user has approved it.
        detail: The job's parameters or the code's SHA-256; None otherwise.
        images: How many images lie in the folder, None for other kinds.
        things: What is signed for it.
    """

    kind: RequestKind
    text: str
    subject: str
    approved: bool
    detail: str | None
    images: int | None
    things: tuple[Thing, ...]

    @property
    def id(self) -> str:
        """Names exactly this request: another parameter, or other code, has another id."""
        text = orjson.dumps([[thing.kind, thing.subject] for thing in self.things])
        return hashlib.sha256(text).hexdigest()[:32]


def find_requests(store: Store) -> list[Request]:
    """Return the requests of a project, approved or not; nothing that they ask for is read, run or listed."""
    return [*_jobs(store), *_code(store), *_images(store), *_files(store)]


def _jobs(store: Store) -> list[Request]:
    with store.read() as cursor:
        rows = cursor.execute(
            "SELECT id, kind, params FROM job WHERE status IN ('queued', 'running', 'interrupted') ORDER BY created"
        ).fetchall()
    requests = []
    for job_id, kind, text in rows:
        try:
            params = orjson.loads(text)
            thing = job(job_id, kind, params)
        except (ValueError, TypeError):
            continue  # it could not be gone on with either
        if not isinstance(params, dict):
            continue
        text_for_people = f"go on with a job: {_describe(kind, params)}"
        requests.append(Request("job", text_for_people, job_id, store.trust.is_approved(thing), text, None, (thing,)))
    return requests


def _describe(kind: str, params: dict[str, object]) -> str:
    """Return the sentence that describes a job; for a format without a sentence of its own, kind and paths."""
    format_kind = f"{kind}-{params.get('format')}"
    paths = [str(value)[:500] for value in params.values() if isinstance(value, str) and os.path.isabs(value)]  # noqa: PTH117
    words = _NAMES.get(kind) or _NAMES.get(format_kind) or f"{kind:.40}{' ' if paths else ''}{', '.join(paths)}"
    for name in ("path", "annotations", "images", "table", "root"):
        words = words.replace(f"{{{name}}}", str(params.get(name))[:500])
    return words


def _code(store: Store) -> list[Request]:
    with store.read() as cursor:
        paths = cursor.execute(
            "SELECT path, string_agg(key, ', ' ORDER BY key) FROM custom_metric WHERE path IS NOT NULL "
            "GROUP BY 1 ORDER BY 1"
        ).fetchall()
    requests = []
    for path, keys in paths:
        file = Path(path)
        try:
            if not file.is_file():
                continue
            source = file.read_bytes()
        except (OSError, ValueError):
            continue  # it cannot be run either
        things = [code(source)]
        if not store.trust.is_own(file):
            things.append(Thing("code-file", os.path.abspath(file)))  # noqa: PTH100 - as it is signed
        approved = store.trust.may_run(file, source, edited=True)
        text = f"run the Python file {path} (metrics {keys:.200})"
        requests.append(Request("code", text, path, approved, f"SHA-256 {things[0].subject}", None, tuple(things)))
    return requests


def _images(store: Store) -> list[Request]:
    """Return the folders outside the project that its images lie in, under the roots that its sources name."""
    with store.read() as cursor:
        roots = [
            str(root) for (root,) in cursor.execute("SELECT DISTINCT image_root FROM source ORDER BY 1").fetchall()
        ]
        rows = cursor.execute(
            "SELECT regexp_replace(path, '[^/]*$', ''), count(*) FROM image WHERE path IS NOT NULL "
            "GROUP BY 1 ORDER BY 1"
        ).fetchall()
    folders = {os.path.normpath(store.directory / root) for root in roots if not store.trust.is_own(root)}
    count = dict.fromkeys(sorted(folders), 0)
    for recorded, images in rows:
        folder = os.path.normpath(store.directory / recorded)
        if store.trust.is_own(folder):
            continue
        fitting = [root for root in folders if not is_wide(root) and is_below(folder, root)]
        root = max(fitting, key=len, default=folder)
        count[root] = count.get(root, 0) + images
    return [
        Request(
            "images", f"read images from {folder}", folder, store.trust.may_read_images(Path(folder)), None, images,
            tuple(store.trust.name_place("images", folder)),
        )
        for folder, images in sorted(count.items())
    ]  # fmt: skip


def _files(store: Store) -> list[Request]:
    """Return the labels outside the project, and those in it that lead to further files; no folders of images alone."""
    with store.read() as cursor:
        rows = cursor.execute(
            "SELECT DISTINCT path, kind, path = image_root FROM source ORDER BY path, kind"
        ).fetchall()
    asked: dict[str, bool] = {}
    for stored, kind, is_root in rows:
        path, further = str(resolve_path(store.directory, stored)), leads_on(kind)
        if further or not (is_root or store.trust.is_own(path)):
            asked[path] = asked.get(path, False) or further
    return [
        Request(
            "file",
            f"read the labels in {path} and the files that they name"
            if further
            else f"read the annotation file {path}",
            path,
            store.trust.may_read_file(Path(path), leads_on=further),
            None,
            None,
            tuple(store.trust.name_place("file", path)),
        )
        for path, further in asked.items()
    ]
