"""The projects of a folder, opened as they are asked for and held by this process until closed."""

from __future__ import annotations

import os
import shutil
import threading
import uuid
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from assay.errors import ExistsError, NotFoundError, StorageError
from assay.project.checkup.subject import Subject
from assay.project.database import Database
from assay.project.lock import PROJECT_LOCK, Holder, Lock
from assay.project.manifest import DATABASE, is_leftover, is_project, list_projects
from assay.project.naming import check_project_name
from assay.project.store import Store

_TRASH = ".assay-deleted-"


class Workspace:
    """A directory of projects.

    Opening a project may take a while, or wait for another process; others are not kept waiting by it.
    """

    def __init__(
        self,
        directory: Path,
        holder: Holder,
        *,
        memory_limit: str | None = None,
        on_open: Callable[[Store], None] | None = None,
    ) -> None:
        """Take a folder of projects.

        Args:
            holder: What locks say of this process.
            memory_limit: Of the database, such as ``4GB``.
            on_open: Called with every project that was there already, when it has been opened.
        """
        self.directory = directory
        self._holder = holder
        self._on_open = on_open
        self._database = Database(directory, memory_limit)
        self._stores: dict[str, Store] = {}
        self._mutex = threading.Lock()
        self._project_mutexes: dict[str, threading.RLock] = {}
        self._closed = False
        self._given_up = threading.Event()

    def path(self, name: str) -> Path:
        """Return a project's directory, whether it exists or not.

        Raises:
            UsageError: the name cannot be a project's name.
        """
        return self.directory / check_project_name(name)

    def projects(self) -> list[Path]:
        """Return the project directories, by name."""
        return list_projects(self.directory)

    def get(self, name: str) -> Store:
        """Return an open project, opening it when it is not.

        Raises:
            NotFoundError: there is no such project.
            BusyError: another process holds it.
            CancelledError: the waiting for that process was given up.
            StorageError: its files are missing or damaged.
        """
        store = self._stores.get(name)
        if store is not None and not store.is_broken and store.is_in_place():
            return store
        directory = self.path(name)
        with self._project_mutex(name):
            store = self._stores.get(name)
            if store is not None:
                if not store.is_broken and store.is_in_place():
                    return store
                self.release(name)  # the disk was full, or its folder was removed or replaced behind our back
            if not is_project(directory):
                raise NotFoundError(
                    "There is no such project.",
                    item=name,
                    expected=", ".join(p.name for p in self.projects()[:20]) or "a project",
                    actual=f"no project of that name in {self.directory}",
                )
            store = self._keep(name, Store.open(directory, self._database, self._holder, given_up=self._given_up))
            if self._on_open is not None:
                self._on_open(store)
            return store

    @contextmanager
    def examine(self, name: str, *, is_working: bool = False) -> Iterator[Subject]:
        """Give a project to be checked, whether it can be opened or not; nobody else has it meanwhile.

        Args:
            is_working: Whether a job of this process works on it.

        Raises:
            NotFoundError: there is neither a project nor the database of one.
            BusyError: another process holds it.
        """
        directory = self.path(name)
        if not is_project(directory) and not (directory / DATABASE).is_file():
            self.get(name)  # says what is wrong
        with self._project_mutex(name):
            try:
                subject = Subject(directory, self.get(name), None, self._database, is_working)
            except (StorageError, NotFoundError) as error:  # NotFoundError: project.json is gone
                subject = Subject(directory, None, error, self._database)
        if subject.store is not None:
            yield subject
            return
        with self._project_mutex(name):
            can_write = os.access(directory, os.W_OK)
            lock = self._acquire(directory) if can_write else None
            try:
                yield subject
            finally:
                if lock:
                    lock.release()

    def find_open(self, name: str) -> Store | None:
        """Return a project if this process has it open."""
        return self._stores.get(name)

    def create(self, name: str) -> Store:
        """Make a new project and open it.

        Raises:
            ExistsError: something of that name is there.
            StorageError: the workspace cannot be written.
        """
        directory = self.path(name)
        with self._project_mutex(name):
            self.check_free(name)
            if directory.exists():
                shutil.rmtree(directory, ignore_errors=True)
            return self._keep(name, Store.create(directory, self._database, self._holder))

    def check_free(self, name: str) -> None:
        """Check that a new project may take a name.

        Raises:
            ExistsError: something of that name is there, beside what a killed process has left.
        """
        directory = self.path(name)
        if (directory.exists() or directory.is_symlink()) and not is_leftover(directory):
            raise ExistsError(
                "There is something of that name already.",
                item=str(directory),
                expected="a name that is not taken",
                actual="a project" if is_project(directory) else "a file or folder",
                hint="Choose another name with --name, or add to the project with --add.",
            )

    def open_names(self) -> list[str]:
        """Return the names of the projects that this process has open."""
        return list(self._stores)

    def release(self, name: str) -> None:
        """Close a project if this process has it open."""
        with self._project_mutex(name):
            store = self._stores.pop(name, None)
            if store is not None:
                store.close()

    def delete(self, name: str) -> None:
        """Delete a project, sound or damaged, and everything in its directory; images that lie elsewhere stay.

        Raises:
            NotFoundError: there is no such project.
            BusyError: another process holds it.
            StorageError: a file could not be removed.
        """
        directory = self.path(name)
        with self._project_mutex(name):
            if not is_project(directory):
                self.get(name)  # says what is wrong
            self.release(name)
            self._acquire(directory).release()  # nobody else holds it
            try:
                directory.rename(self.directory / f"{_TRASH}{uuid.uuid4().hex}")
            except OSError as error:
                raise StorageError(
                    "The project could not be deleted.",
                    item=str(error.filename or directory),
                    expected="permission to remove the file",
                    actual=error.strerror or str(error),
                ) from error
        self._empty_trash()

    def _empty_trash(self) -> None:
        """Remove deleted projects; one that cannot go now, as a file of it is open, goes the next time."""
        for trash in self.directory.glob(f"{_TRASH}*"):
            if trash.is_symlink():
                trash.unlink(missing_ok=True)
            else:
                shutil.rmtree(trash, ignore_errors=True)

    def give_up_waiting(self) -> None:
        """Let nobody wait any longer for a project that another process holds: this one is about to end."""
        self._given_up.set()

    def close(self, busy: Collection[str] = ()) -> None:
        """Close every project and the database; nothing can be opened any more.

        Args:
            busy: Projects that a thread works on which cannot be stopped; they are left to the end of the process,
                and the database with them.
        """
        with self._mutex:
            self._closed = True
        for name in list(self._stores):
            if name not in busy:
                self.release(name)
        if not busy:
            self._database.close()

    def _project_mutex(self, name: str) -> threading.RLock:
        with self._mutex:
            return self._project_mutexes.setdefault(name, threading.RLock())

    def _acquire(self, directory: Path) -> Lock:
        return Lock(directory / PROJECT_LOCK).acquire(self._holder, given_up=self._given_up)

    def _keep(self, name: str, store: Store) -> Store:
        with self._mutex:
            if not self._closed:
                self._stores[name] = store
                return store
        store.close()
        raise NotFoundError("Assay is being stopped.", item=name, expected="a running app", actual="one that stops")
