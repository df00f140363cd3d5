"""Routers whose routes are complete: an application takes them as they are.

``include_router`` would analyse each route again for every application that is made, half a second of processor
time for each command outside a served app, and match every request twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI

from assay.api.schemas.base import Problem

PROBLEM_TYPE = "application/problem+json"
RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {"model": Problem, "description": "An error", "content": {PROBLEM_TYPE: {}}}
}


def api_router(tag: str, dependencies: Sequence[Any] = ()) -> APIRouter:
    """Return a router for routes below ``/api``.

    Args:
        tag: What its routes are grouped by in the API's document.
        dependencies: What each of its routes waits for.
    """
    return APIRouter(
        prefix="/api",
        tags=[tag],
        dependencies=list(dependencies),
        responses=RESPONSES,
        generate_unique_id_function=lambda route: route.name,
    )


def add_routes(app: FastAPI, routers: Iterable[APIRouter]) -> None:
    """Add the routes of routers to an application, looked through in this order."""
    for router in routers:
        app.router.routes.extend(router.routes)
