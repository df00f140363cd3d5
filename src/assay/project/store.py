"""One open project: its database, geometry file and lock.

Projects are attached to the process's one DuckDB instance. Readers get a cursor each; writers come one at a
time. Every committed write that changes what a query can return raises the data version, which is what caches
are keyed by.
"""

from __future__ import annotations

import logging
import os
import shutil
import threading
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import orjson

from assay.errors import BusyError, ExistsError, NotFoundError, StorageError
from assay.media.packs import PackStore
from assay.project.contents import check_contents, refuse_odd_files
from assay.project.coordinates import GEOMETRY_FILE, GeometryReader, GeometryWriter, check_coordinates
from assay.project.database import Connection, Database, is_end, is_no_room, no_room, refused
from assay.project.lock import PROJECT_LOCK, Holder, Lock
from assay.project.manifest import DATABASE, Manifest, is_project, now, read_manifest, write_manifest
from assay.project.places import home_of
from assay.project.schema import SCHEMA_VERSION, check_version, migrate, read_version
from assay.project.trust import Trust

logger = logging.getLogger(__name__)


__all__ = ["Connection", "Store", "insert_columns", "quote"]
_THUMBNAIL_BYTES = 4 << 30
THUMBNAILS = "cache/thumbnails"


class Store:
    """An open project. Use :meth:`create` or :meth:`open`, and :meth:`close` when done."""

    def __init__(self, directory: Path, database: Database, lock: Lock | None, *, read_only: bool) -> None:
        self.directory = directory
        self.read_only = read_only
        self._database = database
        self._lock = lock
        self._write_mutex = threading.RLock()
        self._writing: _Writing | None = None  # what the thread that has the mutex writes with
        self._reader_mutex = threading.Lock()
        self._manifest_mutex = threading.Lock()
        self._coordinates: GeometryReader | None = None
        self._thumbnails: PackStore | None = None
        self._closed = False
        self._trust: Trust | None = None
        self._process = os.getpid()
        self.is_broken = False
        """Whether the database has given up, on a full disk for instance: the project has to be opened anew."""
        self.manifest: Manifest = read_manifest(directory)
        file = directory / DATABASE
        if self.manifest.schema and not file.is_file():
            raise StorageError(
                "The project's database is missing.",
                item=str(file),
                expected="the DuckDB file that project.json tells of",
                actual="nothing there",
                hint="Put it back; `assay project doctor` tells what is left.",
            )
        refuse_odd_files(file)
        self.alias = database.attach(file, read_only=read_only)
        self._file_id = _identify(file)
        try:
            check_contents(database, self.alias, file)
            self._bring_up_to_date()
            self._data_version = self._read_state("data_version")
            self._tag_version = self._read_state("tag_version")
            check_coordinates(directory, self._read_state("words"))
        except duckdb.Error as error:
            database.detach(self.alias)
            raise refused(file, error) from error
        except BaseException:
            database.detach(self.alias)
            raise

    # ------------------------------------------------------------ opening and closing

    @classmethod
    def create(cls, directory: Path, database: Database, holder: Holder) -> Store:
        """Make a project directory and open it. It counts as ``importing`` until :meth:`mark_ready`.

        Raises:
            ExistsError: another process has just made it.
            StorageError: the directory cannot be written.
        """
        try:
            directory.mkdir(parents=True)
        except FileExistsError as error:
            raise ExistsError(
                "There is something of that name already.",
                item=str(directory),
                expected="a name that is not taken",
                actual="made a moment ago",
            ) from error
        except OSError as error:
            raise StorageError(
                "The project cannot be written.",
                item=str(directory),
                expected="a writable folder with free space",
                actual=error.strerror or str(error),
            ) from error
        try:
            lock = Lock(directory / PROJECT_LOCK).acquire(holder)
            write_manifest(
                directory, Manifest(name=directory.name, created=now(), state="importing", home=home_of(directory))
            )
            return cls._open_locked(directory, database, lock, read_only=False)
        except StorageError:
            shutil.rmtree(directory, ignore_errors=True)
            raise

    @classmethod
    def open(
        cls, directory: Path, database: Database, holder: Holder, *, given_up: threading.Event | None = None
    ) -> Store:
        """Open a project; read-only where its folder cannot be written.

        Args:
            given_up: Ends the waiting for another process when it is set.

        Raises:
            BusyError: another process holds it.
            CancelledError: ``given_up`` was set.
            StorageError: its files are missing or damaged.
        """
        if not _is_writable(directory):
            return cls._open_locked(directory, database, None, read_only=True)
        lock = Lock(directory / PROJECT_LOCK).acquire(holder, given_up=given_up)
        return cls._open_locked(directory, database, lock, read_only=False)

    @classmethod
    def _open_locked(cls, directory: Path, database: Database, lock: Lock | None, *, read_only: bool) -> Store:
        try:
            return cls(directory, database, lock, read_only=read_only)
        except BaseException:
            if lock:
                lock.release()
            raise

    def close(self) -> None:
        """Write everything down, detach the database, free the lock."""
        if self._process != os.getpid():
            return  # it is the parent's
        with self._write_mutex:
            if self._closed:
                return
            self._coordinates = None
            try:
                if self.is_in_place():
                    self.checkpoint()
            finally:
                self._closed = True
                self._database.detach(self.alias)
                if self._lock:
                    self._lock.release()
                    self._lock = None

    def _bring_up_to_date(self) -> None:
        with self.read() as cursor:
            version = read_version(cursor, self.alias)
            check_version(self.directory, max(version, self.manifest.schema), read_only=self.read_only)
            if self.read_only:
                return
            migrate(cursor, version)
        if self.manifest.schema != SCHEMA_VERSION:
            self.save_manifest(schema=SCHEMA_VERSION)
        if not self.manifest.uuid:
            self.save_manifest(uuid=uuid.uuid4().hex)

    # ------------------------------------------------------------ reading and writing

    @property
    def data_version(self) -> int:
        """Raised by every committed change of items, their fields and their metrics."""
        return self._data_version

    @property
    def tag_version(self) -> int:
        """Raised by every committed change of tags."""
        return self._tag_version

    def version(self, *, tags: bool = False) -> tuple[str, int, int | None]:
        """Return a key of the project as it is now: another one after every committed change.

        Args:
            tags: Whether changes of tags count as well.
        """
        own = f"{self.directory}:{self.manifest.uuid}"
        return own, self._data_version, self._tag_version if tags else None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a cursor of the caller's own; each statement reads a consistent state.

        Raises:
            NotFoundError: the project has been closed or deleted meanwhile.
        """
        self.check_open()
        self._check_process()
        if self._lock:
            self._lock.beat()
        try:
            with closing(self._database.cursor(self.alias)) as cursor:
                yield cursor
        except duckdb.Error as error:
            self.is_broken |= is_end(error)
            if self._closed:  # in the middle of it
                raise self._gone() from error
            raise

    def check_open(self) -> None:
        """Raise NotFoundError when the project has been closed."""
        if self._closed:
            raise self._gone()

    def _check_process(self) -> None:
        if self._process != os.getpid():
            raise BusyError(
                "The project was opened before this process was forked.",
                item=str(self.directory),
                expected="a project that this process has opened itself",
                actual=f"opened by process {self._process}",
                hint="Open it again in this process.",
            )

    def is_in_place(self) -> bool:
        """Tell whether the project's directory still holds this very project: neither deleted nor replaced."""
        return is_project(self.directory) and self._file_id in (None, _identify(self.directory / DATABASE))

    def _gone(self) -> NotFoundError:
        return NotFoundError(
            "The project has been closed.",
            item=self.directory.name,
            expected="an open project",
            actual="closed or deleted a moment ago",
            hint="Try again.",
        )

    @contextmanager
    def write(self, *, changes_data: bool = True, changes_tags: bool = False) -> Iterator[Connection]:
        """Give the one writing cursor, inside a transaction that commits when the block ends well.

        Within such a block of the same thread it is that block's cursor and transaction: several writes are one.

        Args:
            changes_data: Whether items, their fields or metrics change.
            changes_tags: Whether tags change.

        Raises:
            StorageError: the project is read-only, or the disk is full; nothing has been changed.
        """
        if self.read_only:
            raise StorageError(
                "The project is read-only.",
                item=str(self.directory),
                expected="a folder that may be written",
                actual="no write permission",
            )
        with self._write_mutex:
            if self._writing is not None:
                self._writing.note(data=changes_data, tags=changes_tags)
                yield self._writing.cursor
                return
            with self.read() as cursor:
                self._writing = _Writing(cursor, changes_data, changes_tags)
                try:
                    yield from self._transact(self._writing)
                finally:
                    self._writing = None

    def _transact(self, writing: _Writing) -> Iterator[Connection]:
        cursor = writing.cursor
        cursor.execute("BEGIN")
        try:
            yield cursor
            for key, changes in (("data_version", writing.data), ("tag_version", writing.tags)):
                if changes:
                    cursor.execute("UPDATE state SET value = value + 1 WHERE key = ?", [key])
            cursor.execute("COMMIT")
        except duckdb.Error as error:
            self.is_broken |= is_end(error)
            _roll_back(cursor)
            if is_no_room(error):
                raise no_room(self.directory, error) from error
            raise
        except BaseException:
            _roll_back(cursor)
            raise
        self._data_version += writing.data
        self._tag_version += writing.tags

    def _read_state(self, key: str, cursor: Connection | None = None) -> int:
        if cursor is None:
            with self.read() as own:
                return self._read_state(key, own)
        row = cursor.execute("SELECT value FROM state WHERE key = ?", [key]).fetchone()
        return int(row[0]) if row else 0

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the database file, where nothing stands in the way."""
        if self.read_only:
            return
        try:
            with self._write_mutex, self.read() as cursor:
                cursor.execute("CHECKPOINT")
        except duckdb.Error as error:
            # a reader is in the middle of something, the disk is full, or the file was removed: all that is
            # committed lies in the log, which is read at the next opening
            logger.info("%s: not folded in: %s", self.directory.name, error)

    @property
    def thumbnails(self) -> PackStore:
        """The project's cache of thumbnails."""
        with self._reader_mutex:
            if self._thumbnails is None:
                self._thumbnails = PackStore(
                    self.directory / THUMBNAILS, max_bytes=_THUMBNAIL_BYTES, within=self.directory
                )
            return self._thumbnails

    @property
    def trust(self) -> Trust:
        """What this user has approved of the project."""
        with self._reader_mutex:
            if self._trust is None:
                own_id = self.manifest.uuid or f"at {os.path.realpath(self.directory)}"  # read-only, of an old version
                self._trust = Trust(self.directory, own_id, read_only=self.read_only)
            return self._trust

    # ------------------------------------------------------------ geometry

    @property
    def coordinates(self) -> GeometryReader:
        """The committed coordinates."""
        with self._reader_mutex:
            length = self._read_state("words")
            if self._coordinates is None or len(self._coordinates.values) != length:
                self._coordinates = GeometryReader(self.directory, length)
            return self._coordinates

    @contextmanager
    def append_coordinates(self, cursor: Connection) -> Iterator[GeometryWriter]:
        """Open the geometry file for appending within :meth:`write`; its new length is part of the transaction.

        Raises:
            StorageError: The file lacks committed words, which an append would replace with zeros.
        """
        with GeometryWriter(self.directory, self._read_state("words")) as writer:
            yield writer
            cursor.execute("UPDATE state SET value = ? WHERE key = 'words'", [writer.close()])

    # ------------------------------------------------------------ manifest and history

    def save_manifest(self, **changes: Any) -> None:
        """Change fields of project.json.

        Raises:
            StorageError: it cannot be written.
        """
        with self._manifest_mutex:
            for key, value in changes.items():
                setattr(self.manifest, key, value)
            if not self.read_only:
                write_manifest(self.directory, self.manifest)

    def update_counts(self) -> None:
        """Bring the counts of project.json in line with the database."""
        with self.read() as cursor:
            counts = {
                key: cursor.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]
                for key, table in (("images", "image"), ("annotations", "annotation"), ("classes", "class"))
            }
        self.save_manifest(**counts)

    @staticmethod
    def record(cursor: Connection, actor: str, action: str, detail: dict[str, Any]) -> None:
        """Add an entry to the history in the running transaction."""
        cursor.execute(
            "INSERT INTO history SELECT coalesce(max(sequence), 0) + 1, now()::TIMESTAMP, ?, ?, ? FROM history",
            [actor, action, orjson.dumps(detail, option=orjson.OPT_SERIALIZE_NUMPY).decode()],
        )


def insert_columns(cursor: Connection, table: str, columns: dict[str, Any]) -> None:
    """Append columns (numpy arrays; masked where NULL) to a table, by name."""
    names = ", ".join(quote(name) for name in columns)
    source = {f"c{i}": _bindable(values) for i, values in enumerate(columns.values())}
    cursor.register("assay_incoming", source)
    cursor.execute(f"INSERT INTO {quote(table)} ({names}) SELECT * FROM assay_incoming")
    cursor.unregister("assay_incoming")


def _identify(file: Path) -> tuple[int, int] | None:
    """Return device and inode of a file, which change when another file takes its place; None where it has none."""
    try:
        status = file.stat()
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if status.st_ino else None


def quote(name: str) -> str:
    """Quote an identifier for SQL."""
    return '"' + name.replace('"', '""') + '"'


def _bindable(values: Any) -> Any:
    if isinstance(values, list):
        column = np.empty(len(values), dtype=object)
        column[:] = values
        return column
    return values


@dataclass
class _Writing:
    """A transaction under way, and whether it changes data or tags."""

    cursor: Connection
    data: bool
    tags: bool

    def note(self, *, data: bool, tags: bool) -> None:
        """Add the changes of a write within the transaction."""
        self.data |= data
        self.tags |= tags


def _roll_back(cursor: Connection) -> None:
    with suppress(duckdb.TransactionException, duckdb.FatalException, duckdb.IOException):  # COMMIT has ended it
        cursor.execute("ROLLBACK")


def _is_writable(directory: Path) -> bool:
    """Tell whether a project's folder and those of its files that are there may be written."""
    files = (directory / name for name in (DATABASE, GEOMETRY_FILE))
    return all(os.access(path, os.W_OK) for path in (directory, *(file for file in files if file.exists())))
