"""Health, versions, and the folders that the path browser shows."""

from __future__ import annotations

import os
import platform
import sys
from functools import partial
from importlib import metadata
from pathlib import Path

from fastapi import Query

from assay._version import __version__
from assay.api.depends import TheApp
from assay.api.patiently import patiently
from assay.api.routers import api_router
from assay.api.schemas.system import FolderEntry, FolderListing, Health, SystemInfo
from assay.errors import ForbiddenError, InputError
from assay.media.files import IMAGE_EXTENSIONS
from assay.project.manifest import is_project
from assay.project.naming import is_text
from assay.project.schema import SCHEMA_VERSION

router = api_router("system")

_PACKAGES = (
    "duckdb", "fastapi", "numpy", "opencv-python-headless", "orjson", "pycocotools", "shapely", "typer", "uvicorn"
)  # fmt: skip
_COUNTED_IMAGES = 1_000
_LISTED = 2_000


@router.get("/health")
def get_health() -> Health:
    """Tell that the server is up."""
    return Health(version=__version__, pid=os.getpid())


@router.get("/system-info")
def get_system_info() -> SystemInfo:
    """Return versions and machine facts for a bug report."""
    return SystemInfo(
        version=__version__,
        python=sys.version.split()[0],
        platform=platform.platform(),
        processors=os.cpu_count() or 1,
        memory_bytes=_memory(),
        packages={name: metadata.version(name) for name in _PACKAGES},
        project_schema=SCHEMA_VERSION,
    )


def _memory() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


@router.get("/files")
async def list_folder(app: TheApp, path: str = Query("", max_length=4_096)) -> FolderListing:
    """List a folder of the machine that serves: below the home folder, the workspace or the folder round it only."""
    place = os.path.normpath(path)
    return await patiently(app.folder_threads, place, partial(_list, app.directory, path), item=path or "folders")


def _list(workspace: Path, path: str) -> FolderListing:
    roots = _roots(workspace)
    try:
        folder = Path(path).expanduser().resolve() if path else next(iter(roots), Path("/"))
        if not _may_be_shown(folder, roots):
            raise ForbiddenError(
                "The folder is outside what may be browsed.",
                item=str(folder),
                expected=f"a folder below {' or '.join(map(str, roots))}, not a hidden one" if roots else None,
                hint="Import from there with the command line: assay import project --coco …",
            )
        with os.scandir(folder) as scan:
            found = sorted((e for e in scan if _is_shown(e.name)), key=lambda e: e.name.lower())
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(
            "The folder cannot be listed.",
            item=path[:200],
            expected="a readable folder",
            actual=getattr(error, "strerror", None) or str(error),
        ) from error
    entries = [_describe(entry, roots) for entry in found[:_LISTED]]
    parent = folder.parent if _may_be_shown(folder.parent, roots) else None
    return FolderListing(
        path=str(folder),
        parent=None if parent is None or parent == folder else str(parent),
        roots=[str(root) for root in roots],
        entries=sorted(entries, key=lambda e: e.kind != "folder"),
    )


def _is_shown(name: str) -> bool:
    """Hidden files are left out, and names that are no text: a request could not name them."""
    return not name.startswith(".") and is_text(name)


def _roots(workspace: Path) -> list[Path]:
    """Return the folders below which may be listed: none that holds the whole machine, or all users' homes."""
    workspace, home = workspace.resolve(), Path.home().resolve()
    beside = workspace.parent
    candidates = [workspace, *([beside] if beside == home or not home.is_relative_to(beside) else []), home]
    return [root for root in dict.fromkeys(candidates) if root != Path(root.anchor)]


def _may_be_shown(folder: Path, roots: list[Path]) -> bool:
    """Tell whether a folder lies below one of these and is not hidden there: keys and settings are."""
    below = [folder.relative_to(root) for root in roots if folder.is_relative_to(root)]
    return any(all(_is_shown(name) for name in path.parts) for path in below)


def _describe(entry: os.DirEntry[str], roots: list[Path]) -> FolderEntry:
    leads_out = True
    try:
        leads_out = entry.is_symlink() and not _may_be_shown(Path(entry.path).resolve(), roots)
        is_folder = entry.is_dir() and not leads_out
        size = None if is_folder or leads_out else entry.stat().st_size
    except (OSError, RuntimeError):
        is_folder, size = False, None
    return FolderEntry(
        name=entry.name,
        path=entry.path,
        kind="folder" if is_folder else "file",
        size_bytes=size,
        images=_count_images(entry.path) if is_folder and not is_project(Path(entry.path)) else None,
    )


def _count_images(folder: str) -> int:
    count = 0
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                count += entry.name.lower().endswith(IMAGE_EXTENSIONS)
                if count >= _COUNTED_IMAGES:
                    break
    except OSError:
        return 0
    return count
