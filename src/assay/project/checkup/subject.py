"""The subject of a check, a project, and its findings."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from assay.errors import AssayError
from assay.project.contents import check_contents, refuse_odd_files
from assay.project.database import Connection, Database
from assay.project.manifest import DATABASE
from assay.project.schema import read_columns
from assay.project.store import Store
from assay.project.trust import is_below

Severity = Literal["warning", "error"]


@dataclass(frozen=True)
class Finding:
    """Something that is not as it should be.

    Attributes:
        severity: ``error`` where the project is damaged or cannot be used, ``warning`` where it can.
        message: One sentence that says what is wrong.
        hint: What a person should do about it; not needed where it is healed.
        count: How many such things there are; ``item`` names the first.
        heal: Mends it without any risk to what the project holds; None where a person must decide.
    """

    severity: Severity
    message: str
    item: str | None = None
    expected: str | None = None
    actual: str | None = None
    hint: str | None = None
    count: int = 1
    heal: Callable[[], None] | None = None

    @classmethod
    def of(cls, error: AssayError, heal: Callable[[], None] | None = None) -> Finding:
        """Return an error as a finding."""
        return cls("error", error.message, error.item, error.expected, error.actual, error.hint, heal=heal)


class Unavailable(Exception):  # noqa: N818 - not an error: what a check needs is not there
    """A check cannot be made; another one tells why."""


@dataclass
class Subject:
    """A project that is looked at, whether it can be opened or not. Nobody else has it open meanwhile.

    Attributes:
        directory: The project's directory.
        store: The open project, None where it cannot be opened.
        refusal: Why it could not be opened.
        database: The process's database instance, to look into a project that cannot be opened as a whole.
        is_working: Whether a job of this process works on the project, so that unfinished things are no remains.
    """

    directory: Path
    store: Store | None
    refusal: AssayError | None
    database: Database
    is_working: bool = False

    @property
    def read_only(self) -> bool:
        """Whether the project cannot be written."""
        return self.store is not None and self.store.read_only

    def columns(self) -> dict[tuple[str, str], str]:
        """Return the type of every column, by table and name.

        Raises:
            Unavailable: there is no database, or it cannot be read.
        """
        with self._attached() as alias:
            return read_columns(self.database, alias)

    def may_read_image(self, recorded: str) -> bool:
        """Tell whether an image may be looked for where the project has recorded it, see :meth:`may_read_images`."""
        if self.store is not None:
            return self.store.trust.may_read(recorded)
        return self._is_inside(self.directory / recorded)

    def may_read_images(self, folder: Path) -> bool:
        """Tell whether an images folder may be looked for: it is the project's own, or approved.

        Of a project that cannot be opened nothing is known to be approved.
        """
        return self._is_inside(folder) if self.store is None else self.store.trust.may_read_images(folder)

    def may_read_file(self, file: Path) -> bool:
        """Tell whether a file of labels may be looked for, see :meth:`may_read_images`."""
        return self._is_inside(file) if self.store is None else self.store.trust.may_read_file(file, leads_on=False)

    def _is_inside(self, path: Path) -> bool:
        return is_below(os.path.realpath(path), os.path.realpath(self.directory))

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a cursor on the project's tables, read-only where the project could not be opened.

        Raises:
            Unavailable: there is no database, or it cannot be read.
        """
        if self.store is not None:
            with self.store.read() as cursor:
                yield cursor
            return
        with self._attached() as alias, closing(self.database.cursor(alias)) as cursor:
            yield cursor

    @contextmanager
    def _attached(self) -> Iterator[str]:
        if self.store is not None:
            yield self.store.alias
            return
        file = self.directory / DATABASE
        if file.is_symlink() or not file.is_file():
            raise Unavailable("no database to look into")
        try:
            refuse_odd_files(file)
            alias = self.database.attach(file, read_only=True)
        except AssayError as error:
            raise Unavailable("the database cannot be read") from error
        try:
            try:
                check_contents(self.database, alias, file)
            except AssayError as error:
                raise Unavailable("the database holds more than tables") from error
            yield alias
        finally:
            self.database.detach(alias)

    def state(self, key: str) -> int | None:
        """Return a number of the table ``state``, None where it has none of that name."""
        with self.read() as cursor:
            row = cursor.execute("SELECT value FROM state WHERE key = ?", [key]).fetchone()
        return None if row is None else int(row[0])

    def numbers(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with self.read() as cursor:
            return cursor.execute(sql).fetchall()


CheckFunction = Callable[[Subject], Iterable[Finding]]


@dataclass(frozen=True)
class Check:
    """One entry of the list of checks."""

    key: str
    title: str
    look: CheckFunction
