"""The apps that this process has open itself: one for each workspace, shared by all who connect to it.

A notebook cell that is run again, two threads, an import beside an open project: all of them are users of one app. A
project is let go of with the last user that works with it, the app with its last user.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from concurrent.futures import TimeoutError as StillAtIt
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from assay.project.forking import after_fork, keep_forever
from assay.project.lock import Holder, beat_all

if TYPE_CHECKING:
    from anyio.from_thread import BlockingPortal

_PULSE_S = 0.5
_AT_WORK = 0.01  # share of a processor that is taken for a sign of life: of fifty at once on two cores each has 4 %


class _OpenApp:
    """An application on an event loop of its own thread, and its users."""

    def __init__(self, workspace: Path, key: str) -> None:
        from anyio.from_thread import start_blocking_portal  # noqa: PLC0415 - only needed when no app is running

        from assay.api.app import App  # noqa: PLC0415
        from assay.api.asgi import create_api  # noqa: PLC0415 - the application is built only when it is needed

        self.key = key
        self.users: set[User] = set()
        self._app = App(workspace, Holder(pid=os.getpid()))
        self._transport = httpx.ASGITransport(app=create_api(self._app), raise_app_exceptions=False)
        self._stack = ExitStack()
        self._portal: BlockingPortal = self._stack.enter_context(start_blocking_portal())
        self._pulse = (time.monotonic(), time.process_time())

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer a request; meanwhile those who wait for a project see that this process is at work."""
        answer = self._portal.start_task_soon(self._answer, request)
        while True:
            try:
                return answer.result(timeout=_PULSE_S)
            except StillAtIt:
                if answer.done():
                    raise  # the answer's own
            except KeyboardInterrupt:
                answer.cancel()  # else the app would wait for it when it is closed
                raise
            finally:
                self._feel_pulse()

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        content = request.read()
        response = await self._transport.handle_async_request(
            httpx.Request(request.method, request.url, headers=request.headers, content=content)
        )
        body = await response.aread()
        return httpx.Response(response.status_code, headers=response.headers, content=body)

    def _feel_pulse(self) -> None:
        """Give a sign of life where the process has used a processor since the last time: it is busy, not stuck."""
        moment, processor_s = self._pulse
        passed = time.monotonic() - moment
        if passed < _PULSE_S:
            return
        self._pulse = (moment + passed, time.process_time())
        if self._pulse[1] - processor_s >= _AT_WORK * passed:
            beat_all()

    def release_unused(self) -> None:
        """Let go of the projects that no user works with any more."""
        projects = {user.project for user in self.users}
        if None in projects:  # it may work with any
            return
        for name in self._app.workspace.open_names():
            if name not in projects and not self._app.jobs.running(name):
                self._app.workspace.release(name)

    def close(self) -> None:
        """Stop the jobs, close the projects, end the event loop."""
        try:
            self._app.close()
        finally:
            self._stack.close()


class User(httpx.BaseTransport):
    """One who has connected to an app of this process.

    Attributes:
        project: The project that it works with, None where that is not known.
    """

    def __init__(self, app: _OpenApp, project: str | None) -> None:
        self.app = app
        self.project = project

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        return self.app.answer(request)


_mutex = threading.Lock()
_apps: dict[str, _OpenApp] = {}
_leaving: deque[User] = deque()


def join(workspace: Path, project: str | None) -> User:
    """Return a new user of the app of a workspace, which is opened where it is not."""
    key = os.path.realpath(workspace)
    try:
        with _mutex:
            app = _apps.get(key)
            if app is None:
                app = _apps[key] = _OpenApp(workspace, key)
            user = User(app, project)
            app.users.add(user)
        return user
    finally:
        _see_off(wait=False)


def leave(user: User) -> None:
    """Be no user any more; harmless when it has been done already."""
    _leaving.append(user)
    _see_off(wait=True)


def leave_unasked(user: User) -> None:
    """Be no user any more, from whatever the garbage collector has interrupted: never wait for a lock.

    A thread of the app itself cannot end the app, so another one does it.
    """
    _leaving.append(user)
    if threading.current_thread().name.startswith(("assay-", "AnyIO")):
        threading.Thread(target=_see_off, kwargs={"wait": True}, name="closing", daemon=True).start()
    else:
        _see_off(wait=False)


def _see_off(*, wait: bool) -> None:
    """Let go those who leave. Where another thread is at it and is not waited for, that one does it."""
    while _leaving:
        if not _mutex.acquire(blocking=wait):
            return
        try:
            while _leaving:
                _drop(_leaving.popleft())
        finally:
            _mutex.release()


def _drop(user: User) -> None:
    app = user.app
    if _apps.get(app.key) is not app or user not in app.users:
        return
    app.users.remove(user)
    if app.users:
        app.release_unused()
        return
    del _apps[app.key]
    app.close()


def _leave_to_parent() -> None:
    """In a fork: nobody answers at the parent's apps, and ending them would wait for threads that are no more."""
    global _mutex  # noqa: PLW0603 - a thread of the parent may have held it
    _mutex = threading.Lock()
    _leaving.clear()
    for app in _apps.values():
        keep_forever(app)
    _apps.clear()


after_fork(_leave_to_parent)
