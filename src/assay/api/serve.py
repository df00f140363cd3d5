"""Serve a workspace over HTTP until interrupted."""

from __future__ import annotations

import asyncio
import ctypes
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
from typing import Literal, cast

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from assay.api.app import Access, App
from assay.api.asgi import create_api
from assay.api.guard import PEER, Peer
from assay.api.rootpath import check_root_path
from assay.errors import AssayError, NotFoundError
from assay.interrupt import end_at_once, end_in_time
from assay.project.holders import is_loopback
from assay.project.lock import SERVER_LOCK, Holder, Lock, read_holder
from assay.project.sockets import can_tell_users

_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared with, not bound to
_KEEP_ALIVE_S = 60  # longer than clients keep a connection, which else may end while a request is on its way
_MEMORY_LIMIT = "2GB"
_ARENA_MAX = -8  # M_ARENA_MAX of malloc.h


class _Protocol(H11Protocol):
    """Lets every request of a connection know who is at its other end."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast("asyncio.Transport", transport))
        self.app_state = {**self.app_state, PEER: Peer(transport.get_extra_info("socket"))}


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
        end_in_time(0)
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
    ask_token: bool = True,
    memory_limit: str | None = None,
    tell: Callable[[str], None] = print,
) -> None:
    """Serve the projects of a folder until interrupted.

    Args:
        workspace: The folder of projects.
        page: The page that is opened in the browser.
        host: The address to listen at; at any but this machine's own, everybody needs the token.
        port: The port to listen at.
        open_browser: Whether to open the page.
        allowed_hosts: Further host names to answer to.
        root_path: The path that a proxy serves the app under.
        ask_token: Whether those who may be somebody else than this user need the token.
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
    root = check_root_path(root_path)
    running = read_holder(workspace / SERVER_LOCK)
    if running is not None and running.url:
        links = _links(running, page)
        tell(f"Assay is running already at {links[0]} (process {running.pid}).")
        _tell_others(links, tell)
        if open_browser:
            _open_browser(links[0])
        return
    names = frozenset(name.lower() for name in allowed_hosts or [])
    listeners = _listen(host, port)
    try:
        port = listeners[0].getsockname()[1]
        holder = Holder(
            pid=os.getpid(),
            url=f"http://{_reachable(listeners[-1].getsockname()[0])}:{listeners[-1].getsockname()[1]}",
            secret=secrets.token_urlsafe(24),
            link=f"http://{_reachable(host)}:{port}{root}",
            asks=_whom_to_ask(host) if ask_token else "nobody",
        )
        lock = _lock_workspace(workspace, holder)
        access = _make_access(holder, host, port, names, root)
        app = App(workspace, holder, access, memory_limit or _MEMORY_LIMIT)
        _share_arenas()
        api = create_api(app, resume_jobs=True)
        links = _links(holder, page)

        def announce() -> None:
            tell(f"Assay is at {links[0]}")
            if open_browser:
                tell("If no browser opens, click that link or paste it into one. Ctrl-C stops Assay.")
                threading.Thread(target=_open_browser, args=(links[0],), daemon=True).start()
            else:
                tell("Open that link in a browser. Ctrl-C stops Assay.")
            if root or names:  # behind a proxy, which another user may run
                _tell_others(links, tell)
            if holder.asks == "nobody":
                tell("Everybody who reaches that port may do what you may: --no-token.")
            if os.environ.get("SSH_CONNECTION"):
                tell(f"From your own machine: ssh -L {port}:127.0.0.1:{port} THIS-HOST, then open the link there.")

        config = uvicorn.Config(
            api,
            http=_Protocol,
            ws="none",
            log_level="warning",
            access_log=False,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=1,
        )
        try:
            _Server(config, announce).run(sockets=listeners)
        finally:
            app.close()
            if lock:
                lock.release()
    finally:
        for listener in listeners:
            listener.close()


def _share_arenas() -> None:
    """Let the threads allocate from two heaps where the C library is glibc: each of dozens would keep what it freed."""
    if sys.platform == "linux":
        set_option = getattr(ctypes.CDLL(None), "mallopt", None)
        if set_option is not None:
            set_option(_ARENA_MAX, 2)


def _whom_to_ask(host: str) -> Literal["others", "everybody"]:
    """Return who needs the token: where the system tells whose a connection is, this user does not."""
    return "others" if is_loopback(host) and can_tell_users() else "everybody"


def _make_access(holder: Holder, host: str, port: int, names: frozenset[str], root: str) -> Access:
    is_open = not is_loopback(host)
    asks = holder.asks != "nobody"
    return Access(
        token=holder.secret if asks else None,
        is_own_user_free=holder.asks == "others",
        hosts=names | ({host.lower(), socket.gethostname().lower()} if is_open else frozenset()),
        any_host=is_open and asks,
        any_address=is_open,
        cookie=f"assay_token_{port}",
        root_path=root,
    )


def _links(holder: Holder, page: str) -> tuple[str, str]:
    """Return a page's links: for this user on this machine, and for whom is asked for the token."""
    plain = f"{holder.link or holder.url}{page}"
    with_token = plain if holder.asks == "nobody" else f"{plain}?token={holder.secret}"
    return (with_token if holder.asks == "everybody" else plain), with_token


def _tell_others(links: tuple[str, str], tell: Callable[[str], None]) -> None:
    if links[0] != links[1]:
        tell(f"Another user of this machine, or a proxy of theirs, needs: {links[1]}")


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


def _listen(host: str, port: int) -> list[socket.socket]:
    """Listen at an address, and on this machine itself where that address is another one: its programs go there."""
    listeners = [_listen_at(host, port)]
    if not is_loopback(host) and host not in _ANYWHERE:
        try:
            listeners.append(_listen_at("127.0.0.1", listeners[0].getsockname()[1]))
        except AssayError:  # taken: any other port does as well
            listeners.append(_listen_at("127.0.0.1", 0))
    return listeners


def _listen_at(host: str, port: int) -> socket.socket:
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
    host = _ANYWHERE.get(host, host)
    return f"[{host}]" if ":" in host else host
