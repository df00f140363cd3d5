"""project.json: what lists and cards show of a project without opening its database."""

from __future__ import annotations

import json
import os
import uuid
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assay.errors import StorageError

MANIFEST = "project.json"
DATABASE = "assay.duckdb"
COVER = "cover.jpg"


@dataclass
class Manifest:
    """The content of project.json."""

    name: str
    created: str
    uuid: str = field(default_factory=lambda: uuid.uuid4().hex)
    state: str = "ready"  # or "importing": an import is under way or was interrupted
    last_opened: str | None = None
    images: int = 0
    annotations: int = 0
    classes: int = 0
    prediction_sets: int = 0
    schema: int = 0
    unfinished_jobs: list[str] = field(default_factory=list)
    cover: dict[str, Any] | None = None


def now() -> str:
    """Return the present time as ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def is_project(directory: Path) -> bool:
    """Tell whether a directory is a project."""
    return (directory / MANIFEST).is_file()


def read_manifest(directory: Path) -> Manifest:
    """Read project.json.

    Raises:
        StorageError: the file is missing or damaged.
    """
    path = directory / MANIFEST
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        known = {f.name for f in fields(Manifest)}
        return Manifest(**{key: value for key, value in content.items() if key in known})
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise StorageError(
            "The project's project.json cannot be read.",
            item=str(path),
            expected="a JSON object with the project's name and counts",
            actual=str(error),
        ) from error


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Write project.json so that a crash leaves either the old or the new one."""
    path = directory / MANIFEST
    temporary = path.with_suffix(f".json.{os.getpid()}.tmp")
    temporary.write_text(json.dumps(asdict(manifest), indent=1), encoding="utf-8")
    temporary.replace(path)


def list_projects(workspace: Path) -> list[Path]:
    """Return the project directories of a workspace, by name."""
    try:
        with os.scandir(workspace) as entries:
            found = [Path(e.path) for e in entries if not e.name.startswith(".") and e.is_dir()]
    except OSError:
        return []
    return sorted((p for p in found if is_project(p)), key=lambda p: p.name.lower())
