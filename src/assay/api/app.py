"""What the routes work with: the workspace, its jobs, result sets and thumbnails."""

from __future__ import annotations

import logging
import threading
from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from assay.errors import UnavailableError
from assay.jobs.build_sandbox import build_sandbox
from assay.jobs.create import OLD_KINDS, import_dataset
from assay.jobs.engine.aggregate import renew_statistics
from assay.jobs.engine.run import run_metrics
from assay.jobs.export import export_dataset
from assay.jobs.fetch_sandbox import fetch_sandbox
from assay.jobs.manager import JobManager
from assay.jobs.predictions import import_predictions
from assay.jobs.refresh import refresh
from assay.jobs.relocate import follow_move
from assay.media.display import LargePictures
from assay.patience import PatientThreads
from assay.project.lock import Holder
from assay.project.store import Store
from assay.project.workspace import Workspace
from assay.query.memo import Memo
from assay.query.results import ResultSets
from assay.query.row_cache import RowCache

if TYPE_CHECKING:
    from assay.evaluator.evaluator import Evaluator

logger = logging.getLogger(__name__)

PICTURE_LIMIT_S = 20.0
"""How long a request waits for a picture or the list of a folder, in seconds."""
MOVE_LIMIT_S = 10.0
"""How long the opening of a project that was moved waits for its data to be found, in seconds."""
LISTING_LIMIT_S = 120.0
"""How long a folder with all that is in it may take to be listed."""
CHECKUP_LIMIT_S = 600.0
"""How long a request waits for the project doctor, which looks for every image file, in seconds."""

JOB_KINDS = {
    "import": import_dataset,
    **dict.fromkeys(OLD_KINDS, import_dataset),
    "refresh": refresh,
    "sandbox": build_sandbox,
    "remote-sandbox": fetch_sandbox,
    "export": export_dataset,
    "export-coco": export_dataset,  # as it was called when there was one format
    "metrics": run_metrics,
    "import-predictions": import_predictions,
}


@dataclass(frozen=True)
class Access:
    """Who may come in, and under which names and path.

    Attributes:
        token: Required when not None: as a bearer token, ``?token=`` or cookie.
        is_own_user_free: Whether connections that the system tells to be this user's need no token.
        hosts: Host names that requests may be addressed to, beside this machine's own.
        any_host: Whether the host name is not looked at, since the token protects.
        any_address: Whether requests may be addressed to any number.
        cookie: The name of the cookie; browsers do not tell ports apart.
        root_path: The path that a proxy serves the app under, as `check_root_path` returns it.
    """

    token: str | None = None
    is_own_user_free: bool = False
    hosts: frozenset[str] = frozenset()
    any_host: bool = False
    any_address: bool = False
    cookie: str = "assay_token"
    root_path: str = ""


@dataclass
class App:
    """Everything that is open while an app is.

    Attributes:
        directory: The workspace.
        holder: What locks say of this process.
        access: Who may come in.
        memory_limit: Of the database, such as ``4GB``.
        is_served: Whether an app runs, so that it pays to have answers ready.
    """

    directory: Path
    holder: Holder
    access: Access = field(default_factory=Access)
    memory_limit: str | None = None
    is_served: bool = False

    def __post_init__(self) -> None:
        self.workspace = Workspace(self.directory, self.holder, memory_limit=self.memory_limit, on_open=self._prepare)
        self.jobs = JobManager(self.workspace, JOB_KINDS)
        self.results = ResultSets()
        self.picture_threads = PatientThreads("assay-pictures", 4, PICTURE_LIMIT_S, most_waiting=2_000)
        self.large_picture_threads = PatientThreads("assay-large-pictures", 1, PICTURE_LIMIT_S, most_waiting=2_000)
        self._move_threads = PatientThreads("assay-moves", 2, MOVE_LIMIT_S)
        self.folder_threads = PatientThreads("assay-folders", 4, PICTURE_LIMIT_S, most_waiting=200)
        self.listing_threads = PatientThreads("assay-listings", 4, LISTING_LIMIT_S, most_waiting=200)
        self.checkup_threads = PatientThreads("assay-checkups", 2, CHECKUP_LIMIT_S, most_stuck=2, most_waiting=50)
        self.large_pictures = LargePictures()
        self.memo = Memo()
        self.items = RowCache()
        self._mutex = threading.Lock()
        self._closed = False
        self._seen: set[Hashable] = set()

    @cached_property
    def evaluator(self) -> Evaluator:
        """Evaluates prediction sets."""
        from assay.evaluator.evaluator import Evaluator  # noqa: PLC0415 - numba takes half a second to load

        return Evaluator(self.results)

    def mark_seen(self, store: Store) -> bool:
        """Mark a project in its present version as asked about; return whether it is so for the first time."""
        version = store.version()
        with self._mutex:
            fresh = version not in self._seen
            self._seen.add(version)
        return fresh

    def _prepare(self, store: Store) -> None:
        """Bring a project that has just been opened up to date."""
        self._follow_move(store)
        renew_statistics(store)

    def _follow_move(self, store: Store) -> None:
        """Look where a project's data lie that was moved, but open it all the same where the disk does not answer."""
        threads, name = self._move_threads, store.directory.name
        try:
            threads.wait(threads.submit(str(store.directory), partial(follow_move, store), item=name))
        except UnavailableError as error:
            logger.warning("%s: its sources were not looked for: %s", name, error.actual)

    def close(self) -> None:
        """Stop the jobs and close all projects; harmless when it has been done already."""
        with self._mutex:
            if self._closed:
                return
            self._closed = True
        self.workspace.give_up_waiting()
        self.workspace.close(self.jobs.close())
