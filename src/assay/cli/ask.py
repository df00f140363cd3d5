"""Requests to the API of the project that a command is about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from assay.cli.target import find_project
from assay.errors import QueryError


def ask(method: str, target: Path, path: str, body: Any = None, **params: Any) -> Any:
    """Return what the target's project answers, parsed; None where it answers nothing."""
    text = ask_for_text(method, target, path, body, **params)
    import json

    return json.loads(text) if text else None


def ask_for_text(method: str, target: Path, path: str, body: Any = None, **params: Any) -> str:
    """Return what the target's project answers, as text."""
    from assay.client.connection import connect
    from assay.client.routes import project_route

    project = find_project(target)
    given = {key: value for key, value in params.items() if value is not None}
    with connect(project.parent, project=project.name, actor="cli") as connection:
        answer = connection.request(method, f"{project_route(project.name)}/{path}", json=body, params=given)
    return answer.text


@contextmanager
def marking(query: str) -> Iterator[None]:
    """Let an error in a query show the query with the place marked."""
    try:
        yield
    except QueryError as error:
        error.query = query
        raise
