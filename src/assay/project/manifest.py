"""project.json: what lists and cards show of a project without opening its database."""

from __future__ import annotations

import json
import os
import uuid
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from types import UnionType
from typing import Any

from assay.errors import StorageError
from assay.ownfiles import read_own, replacing
from assay.project.lock import PROJECT_LOCK
from assay.project.naming import is_text
from assay.project.waiting import TICKET_ENDING

MANIFEST = "project.json"
DATABASE = "assay.duckdb"
COVER = "cover.jpg"


@dataclass
class Manifest:
    """The content of project.json.

    Attributes:
        uuid: The project's unguessable id, which approvals are about; empty in one that has none yet.
        state: ``ready``, or ``importing`` while an import is under way or after it was interrupted.
    """

    name: str
    created: str
    uuid: str = field(default_factory=lambda: uuid.uuid4().hex)
    state: str = "ready"
    last_opened: str | None = None
    images: int = 0
    annotations: int = 0
    classes: int = 0
    prediction_sets: int = 0
    schema: int = 0
    unfinished_jobs: list[str] = field(default_factory=list)
    stopped_jobs: list[str] = field(default_factory=list)  # by hand, and not yet written down in the database
    cover: dict[str, Any] | None = None
    home: str | None = None  # where the project lay when the paths of its sources were last right


_TYPES: dict[str, type | UnionType] = {
    "name": str,
    "created": str,
    "uuid": str,
    "state": str,
    "last_opened": str | None,
    "images": int,
    "annotations": int,
    "classes": int,
    "prediction_sets": int,
    "schema": int,
    "unfinished_jobs": list,
    "stopped_jobs": list,
    "cover": dict | None,
    "home": str | None,
}


def now() -> str:
    """Return the present time as ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def is_project(directory: Path) -> bool:
    """Tell whether a directory is a project."""
    return os.path.isfile(directory / MANIFEST)  # noqa: PTH113 - false, not an error, for a path no system can have


def read_manifest(directory: Path) -> Manifest:
    """Read project.json.

    Raises:
        StorageError: the file is missing or damaged.
    """
    path = directory / MANIFEST
    try:
        content = json.loads(read_own(path))
        names = {f.name for f in fields(Manifest)}
        manifest = Manifest(**{"uuid": ""} | {key: value for key, value in content.items() if key in names})
        _check_types(manifest)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise StorageError(
            "The project's project.json cannot be read.",
            item=str(path),
            expected="a JSON object with the project's name and counts",
            actual=str(error),
        ) from error
    return manifest


def _check_types(manifest: Manifest) -> None:
    for key, kind in _TYPES.items():
        value = getattr(manifest, key)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise TypeError(f"{key} is {value!r}"[:200])


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Write project.json so that a crash leaves either the old or the new one.

    Raises:
        StorageError: the folder cannot be written, or the disk is full.
    """
    path = directory / MANIFEST
    try:
        with replacing(path) as file:
            file.write(json.dumps(asdict(manifest), indent=1).encode())
    except OSError as error:
        raise StorageError(
            "The project's project.json cannot be written.",
            item=str(path),
            expected="a writable folder with free space",
            actual=error.strerror or str(error),
        ) from error


def is_leftover(directory: Path) -> bool:
    """Tell whether a folder is all that a process left that was killed before it had made its project."""
    try:
        names = os.listdir(directory)  # noqa: PTH208 - names are all that is asked for
    except OSError:
        return False
    return PROJECT_LOCK in names and all(
        name == PROJECT_LOCK
        or (name.startswith(PROJECT_LOCK) and name.endswith(TICKET_ENDING))
        or (name.startswith((MANIFEST, f".{MANIFEST}")) and name.endswith(".tmp"))
        for name in names
    )


def make_workspace(directory: Path) -> Path:
    """Make the folder of projects where it is not there yet, and return it.

    Raises:
        StorageError: it cannot be made.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        in_the_way = os.path.exists(directory) and not os.path.isdir(directory)  # noqa: PTH110, PTH112 - no path raises
        raise StorageError(
            "The folder of projects cannot be made.",
            item=str(directory),
            expected="a writable folder",
            actual="a file" if in_the_way else error.strerror or str(error),
        ) from error
    return directory


def list_projects(workspace: Path) -> list[Path]:
    """Return the project directories of a workspace, by name."""
    try:
        with os.scandir(workspace) as entries:
            folders = [Path(e.path) for e in entries if not e.name.startswith(".") and is_text(e.name) and e.is_dir()]
    except OSError:
        return []
    return sorted((p for p in folders if is_project(p)), key=lambda p: p.name.lower())
