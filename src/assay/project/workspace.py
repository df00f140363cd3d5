"""The projects of a folder, opened as they are asked for and held by this process until closed."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

from assay.errors import ExistsError, NotFoundError, StorageError
from assay.project.lock import Holder
from assay.project.manifest import is_project, list_projects, now
from assay.project.naming import check_project_name
from assay.project.store import Database, Store


class Workspace:
    """A directory of projects."""

    def __init__(self, directory: Path, holder: Holder, *, memory_limit: str | None = None) -> None:
        self.directory = directory
        self._holder = holder
        self._database = Database(memory_limit)
        self._stores: dict[str, Store] = {}
        self._mutex = threading.RLock()

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
        """
        with self._mutex:
            store = self._stores.get(name)
            if store is not None:
                if is_project(store.directory):
                    return store
                self.release(name)  # its folder was removed behind our back
            directory = self.path(name)
            if not is_project(directory):
                raise NotFoundError(
                    "There is no such project.",
                    item=name,
                    expected=", ".join(p.name for p in self.projects()[:20]) or "a project",
                    actual=f"no project of that name in {self.directory}",
                )
            store = Store.open(directory, self._database, self._holder)
            self._stores[name] = store
            store.save_manifest(last_opened=now())
            return store

    def create(self, name: str) -> Store:
        """Make a new project and open it.

        Raises:
            ExistsError: something of that name is there.
            StorageError: the workspace cannot be written.
        """
        with self._mutex:
            directory = self.path(name)
            if directory.exists():
                raise ExistsError(
                    "There is something of that name already.",
                    item=str(directory),
                    expected="a name that is not taken",
                    actual="a project" if is_project(directory) else "a file or folder",
                    hint="Choose another name with --name, or add to the project with --add.",
                )
            store = Store.create(directory, self._database, self._holder)
            self._stores[name] = store
            return store

    def release(self, name: str) -> None:
        """Close a project if this process has it open."""
        with self._mutex:
            store = self._stores.pop(name, None)
            if store is not None:
                store.close()

    def delete(self, name: str) -> None:
        """Delete a project and everything in its directory; images that lie elsewhere stay.

        Raises:
            NotFoundError: there is no such project.
            StorageError: a file could not be removed.
        """
        with self._mutex:
            self.get(name)
            self.release(name)
            directory = self.path(name)
            try:
                shutil.rmtree(directory)
            except OSError as error:
                raise StorageError(
                    "The project could not be deleted.",
                    item=str(error.filename or directory),
                    expected="permission to remove the file",
                    actual=error.strerror or str(error),
                ) from error

    def close(self) -> None:
        """Close every project and the database."""
        with self._mutex:
            for name in list(self._stores):
                self.release(name)
            self._database.close()
