"""How a client reaches the API: over HTTP where an app is running, else the same application in-process."""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import httpx

from assay.errors import AssayError, BusyError, CancelledError, InputError, JobFailedError, UsageError
from assay.project.forking import keep_forever
from assay.project.lock import PROJECT_LOCK, SERVER_LOCK, Holder, read_holder
from assay.project.manifest import is_project

if TYPE_CHECKING:
    from assay.client.apps import User

_POLL_S = 0.1
_TIMEOUT = httpx.Timeout(120.0, connect=5.0)
_HEALTH_TIMEOUT = httpx.Timeout(10.0, connect=2.0)
_WAIT_S = 5.0


class Connection:
    """A client of the API of one workspace. Use it as a context manager."""

    def __init__(self, workspace: Path, *, project: str | None = None, actor: str = "python") -> None:
        """Connect.

        Args:
            workspace: The directory of projects.
            project: The project that is going to be worked with, if it is known.
            actor: Who is asking: shown in history and job tray.

        Raises:
            BusyError: a process that cannot be reached holds the project.
        """
        self.workspace = workspace
        self._project = project
        self._headers = {"x-assay-client": actor}
        self._user: User | None = None
        self._is_closed = False
        self._process: int | None = None
        self._connect()

    def _connect(self) -> None:
        holder = _find_answering_server(self.workspace, self._project)
        if holder is not None:
            self.url = holder.url
            headers = {"authorization": f"Bearer {holder.secret}"} if holder.secret else {}
            self._http = _direct_client(holder, self._headers | headers)
            self._finalizer: weakref.finalize[..., Connection] = weakref.finalize(self, self._http.close)
            self._process = os.getpid()
            return
        self.url = None
        from assay.client.apps import join, leave_unasked  # noqa: PLC0415 - only needed when no app is running

        self._user = join(self.workspace, self._project)
        self._http = httpx.Client(
            base_url="http://localhost", headers=self._headers, timeout=_TIMEOUT, transport=self._user
        )
        # a script that ends without closing ends all the same, and what it had open is closed soundly
        self._finalizer = weakref.finalize(self, leave_unasked, self._user)
        self._process = os.getpid()

    def _connect_again(self) -> None:
        self._let_go()
        self._connect()

    def _let_go(self) -> None:
        self._finalizer.detach()
        if self._process not in (os.getpid(), None):
            keep_forever(self._http)  # its sockets are the parent's, of which this process is a fork
        else:
            self._http.close()
            if self._user is not None:
                from assay.client.apps import leave  # noqa: PLC0415 - loaded already

                leave(self._user)
        self._user = self._process = None

    def works_with(self, project: str, uuid: str | None = None) -> None:
        """Name the project of this connection, so that the project is closed with the last connection to it.

        Args:
            uuid: The project's own: from now on another project in its place is an error.
        """
        self._project = project
        if self._user is not None:
            self._user.project = project
        if uuid is not None:
            self._headers["x-assay-project"] = uuid
            self._http.headers["x-assay-project"] = uuid

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of everything that was opened; harmless when it has been done already."""
        if not self._is_closed:
            self._is_closed = True
            self._let_go()

    # ------------------------------------------------------------ requests

    def request(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """Send a request; return the answer if it is a good one.

        Raises:
            AssayError: what the API says is wrong, as the error that it stands for.
        """
        if self._is_closed:
            raise UsageError("The project has been closed.", item=str(self.workspace), hint="Open it again.")
        if self._process != os.getpid():  # forked since, so that nobody answers any more at what the parent has open
            self._connect_again()
        response = self._send(method, path, arguments)
        if response.status_code == BusyError.status and self._user is not None and self._has_server():
            # an app has been started since, which now holds the project and answers for it
            self._connect_again()
            response = self._send(method, path, arguments)
        if response.is_error:
            raise _to_error(response)
        return response

    def _has_server(self) -> bool:
        return _find_answering_server(self.workspace, self._project) is not None

    def _send(self, method: str, path: str, arguments: dict[str, Any]) -> httpx.Response:
        try:
            return self._http.request(method, path, **arguments)
        except UnicodeEncodeError as error:
            raise InputError(
                "The request holds what is no text.",
                item=path,
                expected="text in Unicode",
                actual=f"half a surrogate pair: {error.object[error.start : error.end]!r}",
            ) from error
        except httpx.HTTPError as error:
            raise BusyError(
                "The app stopped answering.",
                item=self.url,
                expected="an answer",
                actual=f"{type(error).__name__}: {error}",
                hint="Try again; the project itself is unharmed.",
            ) from error

    def get(self, path: str, **params: Any) -> Any:
        """Return the parsed answer of a GET."""
        query = {key: value for key, value in params.items() if value is not None}
        return self.request("GET", path, params=query).json()

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Return the parsed answer of a POST."""
        return self.request("POST", path, json=body).json()

    def post_for_bytes(self, path: str, body: dict[str, Any]) -> bytes:
        """Return the bytes of the answer of a POST."""
        return self.request("POST", path, json=body).content

    def put_bytes(self, path: str, body: bytes) -> Any:
        """Return the parsed answer of a PUT of bytes."""
        return self.request("PUT", path, content=body).json()

    def delete(self, path: str) -> None:
        """Send a DELETE."""
        self.request("DELETE", path)

    def run_job(
        self, path: str, body: dict[str, Any], follow: Callable[[dict[str, Any]], None] | None = None
    ) -> dict[str, Any]:
        """Start a job, follow it to its end, return its result.

        An interrupt cancels the job; an app that stops meanwhile does not: it goes on at the app's next start.

        Args:
            follow: Called with the job's state several times a second.

        Raises:
            AssayError: the job failed or was cancelled.
        """
        job = self.post(path, body)
        try:
            while job["status"] in ("queued", "running"):
                if follow:
                    follow(job)
                time.sleep(_POLL_S)
                job = self.get(f"/api/jobs/{job['id']}")
        except AssayError:
            raise
        except BaseException:
            self._cancel(job["id"])
            raise
        if follow:
            follow(job)
        if job["status"] == "done":
            result: dict[str, Any] = job["result"]
            return result
        if job["error"]:
            raise AssayError.from_problem(job["error"])
        if job["status"] == "cancelled":
            raise CancelledError("The job was cancelled.", item=job["title"])
        raise JobFailedError("The job did not end well.", item=job["title"], actual=job["status"])

    def _cancel(self, job_id: str) -> None:
        try:
            self.request("POST", f"/api/jobs/{job_id}/cancel")
        except AssayError:
            return  # the app is gone, and the job with it; it resumes when the project is opened next


def _to_error(response: httpx.Response) -> AssayError:
    try:
        problem = response.json()
    except ValueError:
        problem = None
    if isinstance(problem, dict) and "code" in problem:
        return AssayError.from_problem(problem)
    return AssayError(
        "The API gave an answer that is no Assay error.",
        item=str(response.request.url),
        expected="problem+json",
        actual=f"status {response.status_code}",
    )


def _direct_client(holder: Holder, headers: dict[str, str]) -> httpx.Client:
    """Return a client that goes to the app straight, past any proxy that the environment names."""
    return httpx.Client(base_url=holder.url or "", headers=headers, timeout=_TIMEOUT, trust_env=False)


def _find_answering_server(workspace: Path, project: str | None) -> Holder | None:
    """Return the app to talk to, or None when there is none; one that comes or goes is waited for.

    Raises:
        BusyError: it holds the project, but for five seconds neither it nor anything else has answered as it should.
        ForbiddenError: the lock file that names it may be somebody else's.
    """
    deadline = time.monotonic() + _WAIT_S
    while True:
        holder = _find_server(workspace, project)
        if holder is None:
            return None
        problem = _ask_health(holder)
        if problem is None:
            return holder
        if time.monotonic() < deadline:
            time.sleep(_POLL_S)
            continue
        raise BusyError(
            "An app holds the project but does not answer.",
            item=str(workspace),
            expected=f"an answer from {holder.url}",
            actual=f"{problem} (process {holder.pid})",
            hint="Stop that process, or wait for it.",
        )


def _ask_health(holder: Holder) -> str | None:
    """Ask the app that a lock file names whether it is well; return what is wrong with the answer, None if nothing."""
    try:
        with _direct_client(holder, {"authorization": f"Bearer {holder.secret}"}) as http:
            answer = http.get("/api/health", timeout=_HEALTH_TIMEOUT)
    except httpx.HTTPError as error:
        return type(error).__name__
    try:
        health = answer.json()
    except ValueError:
        health = None
    if answer.status_code != httpx.codes.OK or not isinstance(health, dict) or health.get("pid") != holder.pid:
        return f"the answer of another program, status {answer.status_code}"
    return None


def _find_server(workspace: Path, project: str | None) -> Holder | None:
    """Return the app that serves a project or workspace, if one is running."""
    if project is not None and is_project(workspace / project):
        holder = read_holder(workspace / project / PROJECT_LOCK)
        if holder is not None and holder.url:
            return holder
    holder = read_holder(workspace / SERVER_LOCK)
    return holder if holder is not None and holder.url else None


@contextmanager
def connect(workspace: Path, *, project: str | None = None, actor: str = "python") -> Iterator[Connection]:
    """Connect to a workspace for the length of a block."""
    connection = Connection(workspace, project=project, actor=actor)
    try:
        yield connection
    finally:
        connection.close()
