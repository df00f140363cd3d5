"""What this user has approved of a project: which jobs may go on, which code may run, which folders may be read.

What comes with a project is data, never orders. An approval is a signature (HMAC-SHA256 with the user's key) over the
project's id and what is approved. Signatures lie in the project, so that its copies stay approved wherever they lie;
those of a project that cannot be written lie in the user's settings. A signature of another key, of another project
or of something else counts for nothing.
"""

# ruff: noqa: PTH100, PTH114, PTH115, PTH118, PTH120 - paths are texts here, since one is asked for each image

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import orjson

from assay.errors import StorageError, UntrustedError
from assay.ownfiles import open_own, read_own, replacing
from assay.project.userkey import user_key

logger = logging.getLogger(__name__)

APPROVALS = "approvals.json"
_MOST_BYTES = 8 << 20

Kind = Literal["job", "code", "code-file", "images", "images-relative", "file", "file-relative"]


@dataclass(frozen=True)
class Thing:
    """Something that needs an approval.

    Attributes:
        kind: ``job`` may be run or gone on with, ``code`` of a hash may run, a ``code-file`` outside the project may be
            run after the user has edited it, ``images`` may be read from a folder, a ``file`` may be read. A relative
            place counts from the project, which may be moved together with it.
        subject: What it is: see the functions below.
    """

    kind: Kind
    subject: str


def job(job_id: str, kind: str, params: dict[str, Any]) -> Thing:
    """Name a job with its parameters."""
    return Thing("job", orjson.dumps([job_id, kind, params], option=orjson.OPT_SORT_KEYS).decode())


def code(source: bytes) -> Thing:
    """Name Python code by its SHA-256."""
    return Thing("code", hashlib.sha256(source).hexdigest())


class Trust:
    """The approvals of one project.

    Args:
        directory: The project.
        project_id: Its unguessable id.
        read_only: Whether approvals cannot be written into it.
    """

    def __init__(self, directory: Path, project_id: str, *, read_only: bool) -> None:
        self.directory = Path(os.path.abspath(directory))
        self._real = os.path.realpath(directory)
        self._id = project_id
        self._key = user_key()
        self._read_only = read_only
        self._mutex = threading.Lock()
        self._approved: dict[Thing, str] = {}
        self._foreign: list[dict[str, str]] = []  # signatures of other users, which are kept
        self._roots: frozenset[str] = frozenset()
        self._folders: dict[str, tuple[str, bool] | None] = {}
        self.version = 0
        for file in (self.directory / APPROVALS, self._own_file):
            self._load(file)
        self._find_roots()

    @property
    def problem(self) -> str | None:
        """Why approvals hold for this process only, None where they are kept."""
        return self._key.problem

    @property
    def _own_file(self) -> Path:
        name = hashlib.sha256(self._id.encode(errors="replace")).hexdigest()[:32]
        return self._key.folder / "approvals" / f"{name}.json"

    def is_approved(self, *things: Thing) -> bool:
        """Tell whether this user has approved all of these."""
        return all(thing in self._approved for thing in things)

    def approve(self, things: Iterable[Thing]) -> None:
        """Sign things with the user's key and write that down.

        Where it cannot be written, the approval holds until the project is closed.
        """
        self._change({thing: self._sign(thing) for thing in things}, ())

    def forget(self, things: Iterable[Thing]) -> None:
        """Take approvals back."""
        self._change({}, things)

    def _change(self, new: dict[Thing, str], removed: Iterable[Thing]) -> None:
        with self._mutex:
            changed = {k: v for k, v in (self._approved | new).items() if k not in set(removed)}
            if changed == self._approved:
                return
            self._approved = changed
            self._find_roots()
            try:
                self._save()
            except (OSError, StorageError) as error:
                logger.warning("%s: approvals could not be written down: %s", self.directory.name, error)

    def _sign(self, thing: Thing) -> str:
        message = json.dumps(["assay approval 1", self._id, thing.kind, thing.subject])
        return hmac.new(self._key.secret, message.encode(), hashlib.sha256).hexdigest()

    def _load(self, file: Path) -> None:
        try:
            with os.fdopen(open_own(file, os.O_RDONLY), "rb") as stream:
                entries = orjson.loads(stream.read(_MOST_BYTES))["approvals"]
            for entry in entries:
                kind, subject, signature = entry["kind"], entry["subject"], entry["signature"]
                if not (kind in get_args(Kind) and isinstance(subject, str) and isinstance(signature, str)):
                    continue
                thing = Thing(kind, subject)
                if hmac.compare_digest(self._sign(thing), signature.encode("ascii", "replace").decode()):
                    self._approved[thing] = signature
                else:
                    self._foreign.append({"kind": kind, "subject": subject, "signature": signature})
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError, StorageError) as error:
            logger.warning("%s: nothing in it counts as approved: %s", file, error)

    def _save(self) -> None:
        file = self._own_file if self._read_only else self.directory / APPROVALS
        if self._read_only:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        own = [{"kind": t.kind, "subject": t.subject, "signature": s} for t, s in self._approved.items()]
        with replacing(file, 0o600 if self._read_only else 0o666) as stream:
            content = {"project": self._id, "approvals": [*own, *self._foreign]}
            stream.write(orjson.dumps(content, option=orjson.OPT_INDENT_2))

    # ------------------------------------------------------------ places

    def approve_images(self, folder: Path) -> None:
        """Approve that pictures are read from a folder and those in it."""
        self.approve(self.name_place("images", folder))

    def approve_file(self, file: Path) -> None:
        """Approve that a file of labels is read."""
        self.approve(self.name_place("file", file))

    def approve_code(self, file: Path, source: bytes) -> None:
        """Approve code and, where its file lies outside the project, what the user makes of that file later."""
        things = [code(source)]
        if not self.is_own(file):
            things.append(Thing("code-file", os.path.abspath(file)))
        self.approve(things)

    def name_place(self, kind: Literal["images", "file"], place: Path | str) -> list[Thing]:
        """Return the things that are signed for a place: its path, and its path relative to the project."""
        full = os.path.abspath(place)
        things = [Thing(kind, full)]
        real = os.path.realpath(full)
        if real != full:
            things.append(Thing(kind, real))
        try:
            relative = Path(os.path.relpath(full, self.directory)).as_posix()
        except ValueError:  # another drive
            return things
        return [*things, Thing("images-relative" if kind == "images" else "file-relative", relative)]

    def is_own(self, path: Path | str) -> bool:
        """Tell whether a path lies in the project, links followed."""
        return is_below(os.path.realpath(self.directory / path), self._real)

    def may_read_images(self, folder: Path) -> bool:
        """Tell whether pictures may be read from a folder: of the project, or approved."""
        return self._judge(str(self.directory / folder)) is not None

    def may_read_file(self, file: Path, *, leads_on: bool) -> bool:
        """Tell whether labels may be read: a file of the project, or approved.

        Args:
            file: The file, or the folder that labels lie in.
            leads_on: Whether reading it opens further files, perhaps outside the project: then lying in the project is
                not enough.
        """
        if not leads_on and self.is_own(file):
            return True
        full = os.path.abspath(file)
        relative = Path(os.path.relpath(full, self.directory)).as_posix() if self._same_drive(full) else ""
        return self.is_approved(Thing("file", full)) or self.is_approved(Thing("file-relative", relative))

    def _same_drive(self, full: str) -> bool:
        return os.path.splitdrive(full)[0] == os.path.splitdrive(self.directory)[0]

    def may_run(self, file: Path, source: bytes, *, edited: bool) -> bool:
        """Tell whether the code of a file may run.

        Args:
            edited: Whether a file that the user has named counts as approved when it is another since.
        """
        if self.is_approved(code(source)):
            return True
        return edited and not self.is_own(file) and self.is_approved(Thing("code-file", os.path.abspath(file)))

    def locate(self, recorded: str) -> Path:
        """Return the place of an image's file by the path that the project has recorded.

        Raises:
            UntrustedError: The file lies outside the project, in no folder that the user has approved.
        """
        folder, name = os.path.split(os.path.join(self.directory, recorded))
        locations = self._folders  # of now: an approval replaces it
        if folder not in locations:
            locations[folder] = self._judge(folder)
        location = locations[folder]
        if location is None or name in ("", ".", ".."):
            raise self._refuse(recorded)
        place, is_own = location
        full = os.path.join(place, name)
        if is_own and os.path.islink(full) and not self._may_follow(full):
            raise self._refuse(recorded)
        return Path(full)

    def may_read(self, recorded: str | None) -> bool:
        """Tell whether :meth:`locate` would find a place; what has no path can be passed over without asking."""
        if recorded is None:
            return True
        try:
            self.locate(recorded)
        except UntrustedError:
            return False
        return True

    def _judge(self, folder: str) -> tuple[str, bool] | None:
        """Return a folder as it is to be opened, and whether it is the project's own; None where it must not be."""
        real = os.path.realpath(folder)
        if is_below(real, self._real):
            return folder, True
        if self._is_rooted(real):
            return folder, False
        plain = os.path.normpath(folder)
        if not is_below(plain, str(self.directory)) and self._is_rooted(plain):
            return plain, False  # a link inside an approved folder: the user's own
        return None

    def _may_follow(self, link: str) -> bool:
        """Tell whether a link in the project leads into it or into an approved folder."""
        real = os.path.realpath(link)
        if is_below(real, self._real) or self._is_rooted(os.path.dirname(real)):
            return True
        target = os.path.normpath(os.path.join(os.path.dirname(link), os.readlink(link)))
        return not is_below(target, str(self.directory)) and self._is_rooted(os.path.dirname(target))

    def _is_rooted(self, folder: str) -> bool:
        while folder not in self._roots:
            parent = os.path.dirname(folder)
            if parent == folder:
                return False
            folder = parent
        return True

    def _find_roots(self) -> None:
        roots = {thing.subject for thing in self._approved if thing.kind == "images"}
        for thing in self._approved:
            if thing.kind == "images-relative":
                root = os.path.normpath(os.path.join(self.directory, thing.subject))
                if not is_wide(root):
                    roots |= {root, os.path.realpath(root)}
        self._roots = frozenset(roots)
        self._folders = {}
        self.version += 1

    def _refuse(self, recorded: str) -> UntrustedError:
        return UntrustedError(
            "The image lies outside the project, in a folder that you have not approved.",
            item=recorded[-300:],
            expected="a folder that you have imported from or approved",
            actual=os.path.normpath(os.path.join(self.directory, os.path.dirname(recorded)))[:500],
            hint=f"Look at what the project asks for: assay project trust -t {self.directory}",
        )


def signed_id(directory: Path) -> str | None:
    """Return the project's id that its approvals were given for, where they tell; of use when project.json is lost."""
    try:
        project = orjson.loads(read_own(directory / APPROVALS))["project"]
    except (OSError, ValueError, KeyError, TypeError, StorageError):
        return None
    return project if isinstance(project, str) and project else None


def is_wide(folder: str) -> bool:
    """Tell whether a folder holds a home folder or all of the disk: too much for a guess."""
    home = os.path.abspath(os.path.expanduser("~"))  # noqa: PTH111 - Path.home raises where there is none
    return os.path.dirname(folder) == folder or is_below(home, folder)


def is_below(path: str, folder: str) -> bool:
    """Tell whether a path is a folder or lies in it, by their texts."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)
