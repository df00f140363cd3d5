"""Routes of the API."""

from __future__ import annotations

from urllib.parse import quote


def segment(text: str) -> str:
    """Return a text as one segment of a route, whatever characters it has; half a surrogate pair names nothing."""
    return quote(text, safe="", errors="backslashreplace")


def project_route(name: str) -> str:
    """Return the route of a project."""
    return f"/api/projects/{segment(name)}"
