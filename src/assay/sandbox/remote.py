"""Sandboxes that their publishers serve: fetched over HTTP, resumed, checked, unpacked."""

from __future__ import annotations

import hashlib
import shutil
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import httpx

from assay.errors import CancelledError, DownloadError, InputError, StorageError

Progress = Callable[[int, int | None], None]
DOWNLOADS = "downloads"
_BLOCK = 1 << 20
_TRIES = 5
_PAUSE_S = 1.0


@dataclass(frozen=True)
class RemoteFile:
    """One archive of a remote sandbox.

    Attributes:
        url: Where it lies.
        size_bytes: Its size.
        md5: Its checksum as the publisher or well-known mirrors give it.
        members: What is taken out of it: names, or folders that end in ``/``.
        into: Folder of the project that they go into, without their own folders; ``""`` for the project itself.
    """

    url: str
    size_bytes: int
    md5: str
    members: tuple[str, ...]
    into: str


@dataclass(frozen=True)
class RemoteSandbox:
    """A data set that its publisher serves.

    Attributes:
        name, title, teaches, licence, source: As of :class:`assay.sandbox.spec.SandboxSpec`.
        images, annotations, classes: How many it has.
        files: The archives.
        annotations_file: Name of the COCO file, once unpacked.
        images_dir: Folder of the images, once unpacked.
        split: The split that its images belong to.
    """

    name: str
    title: str
    teaches: str
    licence: str
    source: str
    images: int
    annotations: int
    classes: int
    files: tuple[RemoteFile, ...]
    annotations_file: str
    images_dir: str = "images"
    split: str | None = None

    @property
    def size_mb(self) -> float:
        """The size of the download in megabytes."""
        return round(sum(file.size_bytes for file in self.files) / 1e6)


REMOTE_SANDBOXES: dict[str, RemoteSandbox] = {
    sandbox.name: sandbox
    for sandbox in (
        RemoteSandbox(
            name="coco-val2017",
            title="COCO val2017",
            teaches="The real thing: 5,000 photographs with COCO's official annotations.",
            licence="annotations CC BY 4.0; photographs under the licences that each record names",
            source="cocodataset.org",
            images=5_000,
            annotations=36_781,
            classes=80,
            files=(
                RemoteFile(
                    "http://images.cocodataset.org/annotations/annotations_trainval2017.zip",
                    252_907_541,
                    "f4bbac642086de4f52a3fdda2de5fa2c",
                    ("annotations/instances_val2017.json",),
                    "",
                ),
                RemoteFile(
                    "http://images.cocodataset.org/zips/val2017.zip",
                    815_585_330,
                    "442b8da7639aecaf257c1dceb8ba8c80",
                    ("val2017/",),
                    "images",
                ),
            ),
            annotations_file="instances_val2017.json",
            split="val",
        ),
    )
}


def fetch(
    sandbox: RemoteSandbox,
    directory: Path,
    *,
    progress: Progress,
    cancelled: Callable[[], bool],
    stage: Callable[[str, int | None], None],
) -> None:
    """Download and unpack a sandbox's files into a project's folder; what is there already is not fetched again.

    What is there is noted in ``downloads/``, to be removed when the project is complete.

    Args:
        progress: Called with bytes done and in all.
        cancelled: Asked between blocks whether to stop; what has been fetched stays and is resumed.
        stage: Called with the name and size of what begins.

    Raises:
        DownloadError: The server cannot be reached, refuses, or sends something else than expected.
        StorageError: The disk is full or cannot be written.
        CancelledError: ``cancelled`` said so.
    """
    downloads = directory / DOWNLOADS
    try:
        downloads.mkdir(parents=True, exist_ok=True)
        for file in sandbox.files:
            marker = downloads / f"{Path(urlsplit(file.url).path).name}.done"
            if marker.exists():
                continue
            _check_space(file, directory)
            archive = marker.with_suffix("")
            stage(f"Downloading {archive.name}", file.size_bytes)
            if not archive.exists():
                download(file, archive, progress=progress, cancelled=cancelled)
            stage(f"Unpacking {archive.name}", None)
            _unpack(archive, file, directory, progress, cancelled)
            marker.touch()
            archive.unlink()
    except OSError as error:
        raise StorageError(
            "The sandbox could not be written.",
            item=str(error.filename or directory),
            expected="a writable folder with free space",
            actual=error.strerror or str(error),
        ) from error


def download(
    file: RemoteFile,
    target: Path,
    *,
    progress: Progress,
    cancelled: Callable[[], bool],
    pause_s: float = _PAUSE_S,
) -> None:
    """Download a file, going on where an earlier attempt stopped; it appears under its name only when it is whole.

    Args:
        target: Where it goes; until then ``target.part`` holds what has come.
        pause_s: Pause before the second attempt; each further one waits twice as long.

    Raises:
        DownloadError: The server cannot be reached, refuses, or the checksum is wrong.
        CancelledError: ``cancelled`` said so.
    """
    part = target.with_name(target.name + ".part")
    error: Exception | None = None
    for attempt in range(_TRIES):
        if attempt:
            _wait(pause_s * 2 ** (attempt - 1), cancelled)
        try:
            digest = _transfer(file, part, progress, cancelled)
        except (httpx.TransportError, _TryAgainError) as problem:
            error = problem
            continue
        if digest != file.md5:
            part.unlink()
            raise DownloadError(
                "The downloaded file is not what was published; it has been removed.",
                item=file.url,
                expected=f"MD5 {file.md5}",
                actual=f"MD5 {digest}",
                hint="Try again later; a proxy may have replaced it.",
            )
        part.replace(target)
        return
    raise DownloadError(
        "The file could not be downloaded.",
        item=file.url,
        expected=f"an answer of {urlsplit(file.url).hostname}",
        actual=f"{type(error).__name__}: {error}".rstrip(": "),
        hint="Is this machine offline? The same command goes on where it stopped. Sandboxes that are built here need "
        "no network: assay download --list",
    )


class _TryAgainError(Exception):
    """The server answered in a way that may pass."""


def _transfer(file: RemoteFile, part: Path, progress: Progress, cancelled: Callable[[], bool]) -> str:
    """Fetch what is missing of a file; return the MD5 of the whole."""
    digest, have = hashlib.md5(usedforsecurity=False), 0
    if part.exists():
        with part.open("rb") as begun:
            while block := begun.read(_BLOCK):
                digest.update(block)
                have += len(block)
    if have == file.size_bytes:
        return digest.hexdigest()
    headers = {"Range": f"bytes={have}-"} if 0 < have < file.size_bytes else {}
    timeout = httpx.Timeout(30.0, connect=10.0)
    with httpx.stream("GET", file.url, headers=headers, follow_redirects=True, timeout=timeout) as answer:
        _check_answer(answer, file)
        if answer.status_code != 206:  # the whole file: the server knows no ranges, or this is the beginning
            digest, have = hashlib.md5(usedforsecurity=False), 0
        with part.open("ab" if have else "wb") as growing:
            for block in answer.iter_bytes(_BLOCK):
                growing.write(block)
                digest.update(block)
                have += len(block)
                progress(have, file.size_bytes)
                if cancelled():
                    raise CancelledError("The download was cancelled.", item=file.url)
    if have < file.size_bytes:
        raise _TryAgainError(f"the connection ended after {have:,} of {file.size_bytes:,} bytes")
    return digest.hexdigest()


def _check_answer(answer: httpx.Response, file: RemoteFile) -> None:
    if answer.status_code in (200, 206):
        return
    status = f"HTTP {answer.status_code} {answer.reason_phrase}".strip()
    if answer.status_code in (408, 416, 425, 429) or answer.status_code >= 500:
        raise _TryAgainError(status)
    raise DownloadError("The server does not give the file.", item=file.url, expected="HTTP 200", actual=status)


def _wait(seconds: float, cancelled: Callable[[], bool]) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if cancelled():
            raise CancelledError("The download was cancelled.")
        time.sleep(0.05)


def _check_space(file: RemoteFile, directory: Path) -> None:
    required, free = 2 * file.size_bytes, shutil.disk_usage(directory).free
    if free < required:
        raise StorageError(
            "There is not enough space for the sandbox.",
            item=str(directory),
            expected=f"{required / 1e6:,.0f} MB free",
            actual=f"{free / 1e6:,.0f} MB",
        )


def _unpack(
    archive: Path, file: RemoteFile, directory: Path, progress: Progress, cancelled: Callable[[], bool]
) -> None:
    """Take the wanted members out, each under its last name: no member can leave its folder."""
    try:
        with zipfile.ZipFile(archive) as packed:
            members = [m for m in packed.infolist() if not m.is_dir() and _is_wanted(m.filename, file.members)]
            if not members:
                raise InputError(
                    "The archive does not hold what it should.",
                    item=archive.name,
                    expected=", ".join(file.members),
                    actual=f"{len(packed.namelist())} other files",
                )
            folder = directory / file.into
            folder.mkdir(exist_ok=True)
            for done, member in enumerate(members, start=1):
                target = folder / PurePosixPath(member.filename).name
                temporary = target.with_name(target.name + ".part")
                with packed.open(member) as source, temporary.open("wb") as copy:
                    shutil.copyfileobj(source, copy, _BLOCK)
                temporary.replace(target)
                progress(done, len(members))
                if cancelled():
                    raise CancelledError("Unpacking was cancelled.", item=archive.name)
    except (zipfile.BadZipFile, EOFError) as error:
        archive.unlink(missing_ok=True)
        raise InputError(
            "The archive is damaged; it has been removed.", item=archive.name, actual=str(error)
        ) from error


def _is_wanted(name: str, members: tuple[str, ...]) -> bool:
    return any(name.startswith(m) if m.endswith("/") else name == m for m in members)
