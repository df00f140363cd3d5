"""Builds the application: routes, errors as problem+json, the guard, and the web app's files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, Response
from starlette.exceptions import HTTPException

from assay._version import __version__
from assay.api.door import Door
from assay.api.guard import Guard
from assay.api.routes import images, items, jobs, metrics, projects, system
from assay.api.schemas import Problem
from assay.errors import AssayError, NotFoundError, UsageError

WEB = Path(__file__).parent.parent / "web"
_PROBLEM = "application/problem+json"


def create_app(door: Door, *, resume_jobs: bool = False) -> FastAPI:
    """Return the door to a workspace as an ASGI application.

    Args:
        door: What it opens; closed when the application shuts down.
        resume_jobs: Whether jobs that a crash has left unfinished are taken up at start.
    """

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        if resume_jobs:
            door.jobs.find_interrupted()
        yield
        door.close()

    app = FastAPI(
        title="Assay",
        version=__version__,
        description="The one door to Assay's projects: the web app, the command line and the Python API use it.",
        lifespan=lifespan,
        docs_url=None,  # its page would load scripts from outside
        redoc_url=None,
        responses={"default": {"model": Problem, "description": "An error", "content": {_PROBLEM: {}}}},
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.door = door
    for module in (system, projects, jobs, metrics, items, images):
        app.include_router(module.router, prefix="/api")
    app.add_exception_handler(AssayError, _show_error)
    app.add_exception_handler(RequestValidationError, _show_invalid)
    app.add_exception_handler(HTTPException, _show_http)
    app.add_middleware(Guard, access=door.access)
    app.add_api_route("/{path:path}", _web_file, include_in_schema=False, response_class=Response)
    return app


def _respond(error: AssayError) -> Response:
    return JSONResponse(error.to_problem(), status_code=error.status, media_type=_PROBLEM)


def _show_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, AssayError)  # noqa: S101 - what it is registered for
    return _respond(error)


def _show_invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - what it is registered for
    first: dict[str, Any] = error.errors()[0]
    return _respond(
        UsageError(
            "The request is not valid.",
            item=".".join(str(p) for p in first["loc"]),
            expected=str(first["msg"]),
            actual=repr(first.get("input"))[:200],
        )
    )


def _show_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - what it is registered for
    known = NotFoundError("There is no such route.", item=request.url.path, expected="a route of /openapi.json")
    body = known.to_problem() | {"title": error.detail or known.message, "status": error.status_code}
    return JSONResponse(body, status_code=error.status_code, media_type=_PROBLEM, headers=error.headers)


def _web_file(path: str) -> Response:
    """Serve a file of the built web app; any other path is a page of it."""
    if path.startswith("api/"):
        raise NotFoundError("There is no such route.", item=f"/{path}", expected="a route of /openapi.json")
    file = (WEB / path).resolve()
    if path and file.is_file() and file.is_relative_to(WEB.resolve()):
        immutable = "assets" in file.parts
        caching = "public, max-age=31536000, immutable" if immutable else "no-cache"
        return FileResponse(file, headers={"Cache-Control": caching})
    index = WEB / "index.html"
    if not index.is_file():
        raise NotFoundError(
            "The web app has not been built.",
            item=str(index),
            expected="the built web app, which every released wheel carries",
            actual="nothing there",
            hint="In a checkout, run `make setup`.",
        )
    return FileResponse(index, headers={"Cache-Control": "no-cache"})
