"""Serve a workspace over HTTP until interrupted."""

from __future__ import annotations

import errno
import os
import secrets
import socket
import sys
import threading
import urllib.request
import webbrowser
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import uvicorn

from assay.api.app import create_app
from assay.api.door import Access, Door
from assay.errors import AssayError, NotFoundError
from assay.interrupt import end_at_once
from assay.project.lock import SERVER_LOCK, Holder, Lock, read_holder

_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
_MEMORY_LIMIT = "2GB"


class _Server(uvicorn.Server):
    """Says that it is up once it is; ends quietly when it is told to, and at once when it is told again."""

    def __init__(self, config: uvicorn.Config, on_start: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_start = on_start

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_start()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self.should_exit:
            end_at_once()
        super().handle_exit(sig, frame)
        self._captured_signals.clear()  # else it is raised again after the end, as if nobody had heard it


def serve(
    workspace: Path,
    *,
    page: str = "/",
    host: str = "127.0.0.1",
    port: int = 8000,
    open_browser: bool = True,
    allowed_hosts: list[str] | None = None,
    root_path: str = "",
    memory_limit: str | None = None,
    tell: Callable[[str], None] = print,
) -> None:
    """Serve the projects of a folder until interrupted.

    Args:
        workspace: The folder of projects.
        page: The page that is opened in the browser.
        host: The address to listen at; any but this machine's own requires a token.
        port: The port to listen at.
        open_browser: Whether to open the page.
        allowed_hosts: Further host names to answer to.
        root_path: The path that a proxy serves the app under.
        memory_limit: DuckDB's, such as ``2GB``.
        tell: Prints a line for the person at the terminal.

    Raises:
        NotFoundError: the workspace does not exist.
        AssayError: the port is taken, or the address cannot be listened at.
    """
    if not workspace.is_dir():
        raise NotFoundError(
            "The folder does not exist.",
            item=str(workspace),
            expected="a folder of projects",
            actual="nothing there",
        )
    running = read_holder(workspace / SERVER_LOCK)
    if running is not None and running.url:
        tell(f"Assay is running already at {running.url}{page} (process {running.pid}).")
        if open_browser:
            _open_browser(running.url + page)
        return
    token = None if host in _LOCAL else secrets.token_urlsafe(24)
    secret = token or secrets.token_urlsafe(24)
    listener = _listen(host, port)
    try:
        port = listener.getsockname()[1]
        url = f"http://{_reachable(host)}:{port}{root_path}"
        shown = f"{url}{page}" + (f"?token={token}" if token else "")
        holder = Holder(pid=os.getpid(), url=f"http://{_reachable(host)}:{port}", secret=secret)
        lock = _lock_workspace(workspace, holder)
        access = Access(token, frozenset(allowed_hosts or []), any_host=token is not None)
        door = Door(workspace, holder, access, memory_limit or _MEMORY_LIMIT)
        app = create_app(door, resume_jobs=True)

        def announce() -> None:
            tell(f"Assay is at {shown}")
            if open_browser:
                tell("If no browser opens, click that link or paste it into one. Ctrl-C stops Assay.")
                threading.Thread(target=_open_browser, args=(shown,), daemon=True).start()
            else:
                tell("Open that link in a browser. Ctrl-C stops Assay.")
            if os.environ.get("SSH_CONNECTION"):
                tell(f"From your own machine: ssh -L {port}:127.0.0.1:{port} THIS-HOST, then open the link there.")

        config = uvicorn.Config(
            app, log_level="warning", access_log=False, root_path=root_path, timeout_graceful_shutdown=1
        )
        try:
            _Server(config, announce).run(sockets=[listener])
        finally:
            door.close()
            if lock:
                lock.release()
    finally:
        listener.close()


def _open_browser(url: str) -> None:
    """Open a page, but not in a browser for the terminal, which would take over the screen."""
    has_screen = sys.platform in ("win32", "darwin") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if has_screen or os.environ.get("BROWSER"):
        webbrowser.open(url)


def _lock_workspace(workspace: Path, holder: Holder) -> Lock | None:
    """Tell other processes where the app is; a folder that cannot be written is served without that."""
    if not os.access(workspace, os.W_OK):
        return None
    return Lock(workspace / SERVER_LOCK).acquire(holder)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # named as TCP, asyncio turns off Nagle's algorithm: else every small answer waits 40 ms for an acknowledgement
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        taken = error.errno == errno.EADDRINUSE
        raise AssayError(
            f"Port {port} is taken." if taken else "The address cannot be listened at.",
            item=f"{host}:{port}",
            expected="a free port" if taken else "an address of this machine",
            actual=_describe_occupant(host, port) if taken else error.strerror or str(error),
            hint=f"Choose another one: assay start --port {port + 1}",
        ) from error
    return listener


def _describe_occupant(host: str, port: int) -> str:
    """Say whether it is another Assay that has the port."""
    try:
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(f"http://{_reachable(host)}:{port}/api/health", timeout=1) as answer:
            if b'"pid"' in answer.read(1_000):
                return "another Assay, serving another folder"
    except (OSError, ValueError):
        pass  # whoever it is, it is not an Assay that answers
    return "another program listens there"


def _reachable(host: str) -> str:
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared with, not bound to
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
