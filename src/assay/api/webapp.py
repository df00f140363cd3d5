"""The built web app's files, and its page for every path that is none of them."""

from __future__ import annotations

import mimetypes
from html import escape
from pathlib import Path

from fastapi import Request
from fastapi.responses import FileResponse, HTMLResponse, Response

from assay.errors import NotFoundError

WEB = Path(__file__).parent.parent / "web"
_BASE = '<base href="/" />'
_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
# Windows reads kinds of files from its registry, where scripts may be plain text, which no browser runs
_KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2"}


def _find_file(path: str) -> Path | None:
    """Return the file of the web app that a path names; None for any other path, and for what can be none."""
    try:
        file = (WEB / path).resolve()
        return file if path and file.is_relative_to(WEB.resolve()) and file.is_file() else None
    except (OSError, ValueError):  # too long, or with a null byte
        return None


def send_web_file(path: str, request: Request) -> Response:
    """Serve a file of the built web app; any other path is a page of it."""
    if path.startswith("api/"):
        raise NotFoundError("There is no such route.", item=f"/{path}", expected="a route of /openapi.json")
    file = _find_file(path)
    if file is not None:
        immutable = "assets" in file.parts
        caching = "public, max-age=31536000, immutable" if immutable else "no-cache"
        kind = _KINDS.get(file.suffix) or mimetypes.guess_type(file)[0]
        return FileResponse(file, media_type=kind, headers={"Cache-Control": caching})
    index = WEB / "index.html"
    try:
        page = index.read_text(encoding="utf-8")
    except OSError as error:
        raise NotFoundError(
            "The web app has not been built.",
            item=str(index),
            expected="the built web app, which every released wheel carries",
            actual="nothing there",
            hint="In a checkout, run `make setup`.",
        ) from error
    root = request.app.state.app.access.root_path
    page = page.replace(_BASE, f'<base href="{escape(root, quote=True)}/" />', 1)
    return HTMLResponse(page, headers={"Cache-Control": "no-cache", "Content-Security-Policy": _POLICY})
