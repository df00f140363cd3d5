"""The app under a path of a proxy, whether the proxy takes that path off or leaves it on."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from starlette.types import ASGIApp, Receive, Scope, Send

from assay.errors import UsageError

_SEGMENT = re.compile(r"(?!\.\.?$)[^/\\?#\x00-\x20\x7f]+$")
_OWN = frozenset({"api", "assets"})  # below these a request for the app could not be told from one for the proxy
_UNQUOTED = "/%:@!$&'()*+,;=~"


def check_root_path(text: str) -> str:
    """Return the path that a proxy serves the app under as addresses have it: ``/a/b``, or nothing.

    Raises:
        UsageError: it cannot be one.
    """
    path = text.strip("/")
    segments = path.split("/") if path else []
    if segments and (segments[0] in _OWN or not all(_SEGMENT.match(unquote(each)) for each in segments)):
        raise UsageError(
            "The app cannot be served under this path.",
            item="--root-path",
            expected="a path such as /user/ann/proxy/8000, not one that begins with /api or /assets",
            actual=text[:200],
        )
    return quote(f"/{path}", safe=_UNQUOTED) if path else ""


def path_below(scope: Scope) -> str:
    """Return the path of a request below the root path."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")) or "/"


class RootPath:
    """ASGI middleware that says in every request what of its path is the proxy's.

    Args:
        app: The application.
        root: What :func:`check_root_path` returned.
    """

    def __init__(self, app: ASGIApp, root: str) -> None:
        self.app = app
        self._root = unquote(root)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its root path, and a path that begins with it."""
        if self._root and scope["type"] == "http":
            path: str = scope["path"]
            is_kept = path == self._root or path.startswith(f"{self._root}/")
            scope = {**scope, "root_path": self._root, "path": path if is_kept else self._root + path}
        await self.app(scope, receive, send)
