"""The process's one DuckDB instance."""

from __future__ import annotations

import logging
import re
import threading
import weakref
from pathlib import Path
from typing import Any

import duckdb

from assay.errors import AssayError, BusyError, StorageError, UsageError
from assay.project.forking import after_fork, keep_forever
from assay.project.spill import SPILL_LIMIT, SpillFolder

logger = logging.getLogger(__name__)

Connection = duckdb.DuckDBPyConnection
_PID = re.compile(r"\(PID (\d+)\)")

NO_ROOM = (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.FatalException)
"""What DuckDB raises when the disk or the memory is full, and from then on where that has stopped a database."""

CLOSED: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",  # by SET it would hold for one connection only
}
"""With what DuckDB is opened, so that it loads nothing."""


def is_no_room(error: duckdb.Error) -> bool:
    """Tell whether an error says that disk or memory is full; a commit that the disk has no room for says so too."""
    is_commit = isinstance(error, duckdb.TransactionException) and "Could not" in str(error)
    return is_commit or isinstance(error, NO_ROOM)


def is_end(error: duckdb.Error) -> bool:
    """Tell whether a database cannot be used any more until it is attached anew."""
    return isinstance(error, duckdb.FatalException) or "has been invalidated" in str(error)


class Database:
    """The process's DuckDB instance, to which projects are attached.

    It reads and writes nothing outside the folder of projects and loads no extensions, whatever SQL a project's
    database holds.

    Args:
        folder: Of the projects.
        memory_limit: Such as ``2GB``.
    """

    def __init__(self, folder: Path, memory_limit: str | None = None) -> None:
        self._spill = SpillFolder(folder)
        config: dict[str, Any] = CLOSED | {
            "temp_directory": str(self._spill.path),
            "max_temp_directory_size": SPILL_LIMIT,
        }
        if memory_limit:
            config["memory_limit"] = memory_limit
        try:
            self.root = duckdb.connect(":memory:", config=config)
        except duckdb.Error as error:
            self._spill.close()
            raise UsageError(
                "The memory limit cannot be used.",
                item="memory_limit",
                expected="a size such as 4GB",
                actual=str(memory_limit),
                hint="Change it with: assay config set memory_limit 4GB",
            ) from error
        quoted = str(folder).replace("'", "''")
        for setting in (
            f"allowed_directories = ['{quoted}']",
            "allow_persistent_secrets = false",
            "enable_external_access = false",  # the last one: from here on none of them can be changed
        ):
            self.root.execute(f"SET {setting}")
        self._mutex = threading.Lock()
        self._attached = 0
        _open.add(self)

    def attach(self, path: Path, *, read_only: bool) -> str:
        """Attach a database file; return the alias it goes by."""
        quoted = str(path).replace("'", "''")
        try:
            return self._attach(f"'{quoted}'", "TYPE duckdb, READ_ONLY" if read_only else "TYPE duckdb")
        except duckdb.Error as error:
            raise refused(path, error) from error

    def attach_model(self) -> str:
        """Attach an empty database in memory, to see what statements make of it; return the alias it goes by."""
        return self._attach("':memory:'", "TYPE duckdb")

    def _attach(self, place: str, options: str) -> str:
        with self._mutex:
            self._attached += 1
            alias = f"p{self._attached}"
            self.root.execute(f"ATTACH {place} AS {alias} ({options})")
            return alias

    def detach(self, alias: str) -> None:
        """Detach a database after its last cursor is closed."""
        with self._mutex:
            try:
                self.root.execute(f"DETACH {alias}")
            except NO_ROOM as error:  # it is detached; what could not be folded in stays in the log
                logger.info("%s: %s", alias, error)

    def cursor(self, alias: str) -> Connection:
        """Return a new connection whose default database is the project's."""
        cursor = self.root.cursor()
        cursor.execute(f"USE {alias}")
        return cursor

    def close(self) -> None:
        """Close the instance."""
        try:
            self.root.close()
        except duckdb.Error as error:  # a thread that has hung until now asks for a cursor at this moment
            logger.info("the database was not closed: %s", error)
        self._spill.close()


_open: weakref.WeakSet[Database] = weakref.WeakSet()


def _leave_to_parent() -> None:
    for database in list(_open):
        keep_forever(database)
        keep_forever(database.root)
    _open.clear()


after_fork(_leave_to_parent)


def refused(file: Path, error: duckdb.Error) -> AssayError:
    """Return the error that says why a database file cannot be opened: held by another process, or damaged."""
    first = str(error).splitlines()[0]
    if "lock is held" in first or "file handle conflict" in first or "Could not set lock" in first:
        holder = _PID.search(first)
        return BusyError(
            "Another process has the project's database open.",
            item=str(file),
            expected="a file that nobody else has open",
            actual=f"held by process {holder[1]}" if holder else "held by this process or another one",
            hint="Wait for it to end, or stop it.",
        )
    if "No space left" in first:
        return StorageError(
            "The project's database cannot be opened, as the disk is full.",
            item=str(file),
            expected="free space for the database and its log",
            actual=first,
            hint="Make room and try again; what had been saved before is still there.",
        )
    return StorageError(
        "The project's database cannot be opened.",
        item=str(file),
        expected="a sound DuckDB file that may be read",
        actual=first,
        hint="`assay project doctor` tells what is left; a copy of the project can take its place.",
    )


def no_room(item: Path | str, error: duckdb.Error) -> StorageError:
    """Return the error that says that the database could not be written or read, for want of disk or memory."""
    return StorageError(
        "The project's database could not be written or read; what was under way has changed nothing.",
        item=str(item),
        expected="a writable disk with free space, free memory",
        actual=str(error).splitlines()[0][:500],
        hint="Make room and try again; what had been saved before is still there.",
    )
