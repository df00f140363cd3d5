"""Builds the application: routes, errors as problem+json, the guard, and the web app's files."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

import duckdb
from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from assay._version import __version__
from assay.api.app import App
from assay.api.compress import CompressForRemote
from assay.api.evaluation import routes as evaluation
from assay.api.guard import HEADERS, Guard
from assay.api.rootpath import RootPath
from assay.api.routers import PROBLEM_TYPE, RESPONSES, add_routes
from assay.api.routes import (
    doctor,
    formats,
    images,
    items,
    jobs,
    meta,
    metrics,
    predictions,
    projects,
    queries,
    sandboxes,
    summary,
    system,
    tags,
    trust,
)
from assay.api.webapp import send_web_file
from assay.errors import AssayError, NotFoundError, StorageError, UsageError
from assay.formats.format import Format
from assay.formats.registry import all_formats

logger = logging.getLogger(__name__)


def create_api(app: App, *, resume_jobs: bool = False) -> FastAPI:
    """Return the API of a workspace as an ASGI application.

    Args:
        app: The workspace, opened; closed when the application shuts down.
        resume_jobs: Whether jobs that a crash has left unfinished are taken up at start.
    """

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        app.is_served = resume_jobs
        if resume_jobs:  # beside the server's start: a project may have to be waited for
            threading.Thread(target=app.jobs.find_interrupted, name="assay-resume", daemon=True).start()
        yield
        app.close()

    api = FastAPI(
        title="Assay",
        version=__version__,
        description="The API of Assay's projects: the web app, the command line and the Python API use it.",
        lifespan=lifespan,
        docs_url=None,  # its page would load scripts from outside
        redoc_url=None,
        responses=RESPONSES,
    )
    api.state.app = app
    modules = (  # looked through in this order, so those that are asked most come first
        items,
        images,
        metrics,
        tags,
        evaluation,
        summary,
        system,
        projects,
        doctor,
        jobs,
        sandboxes,
        queries,
        meta,
        predictions,
        trust,
    )
    add_routes(api, [module.router for module in modules])
    add_routes(api, _make_routers(tuple(all_formats().values())))
    api.add_exception_handler(AssayError, _show_error)
    api.add_exception_handler(RequestValidationError, _show_invalid)
    api.add_exception_handler(HTTPException, _show_http)
    api.add_exception_handler(duckdb.Error, _show_database)
    api.add_exception_handler(Exception, _show_unexpected)
    api.add_middleware(CompressForRemote)
    api.add_middleware(Guard, access=app.access)
    api.add_middleware(RootPath, root=app.access.root_path)
    api.add_api_route("/{path:path}", send_web_file, include_in_schema=False, response_class=Response)
    return api


@lru_cache(maxsize=4)
def _make_routers(_formats: tuple[Format, ...]) -> list[APIRouter]:
    """Make the routes that depend on the registered formats: once, as that takes longer than a command's answer."""
    return [formats.make_router(), predictions.make_import_router()]


class ProblemResponse(Response):
    """A problem document; whatever text a request held, it can be written."""

    media_type = PROBLEM_TYPE

    def render(self, content: Any) -> bytes:
        """Return the document as ASCII: a request may hold half a surrogate pair, which UTF-8 has no bytes for."""
        return json.dumps(content, ensure_ascii=True).encode()


def _respond(error: AssayError) -> Response:
    return ProblemResponse(error.to_problem(), status_code=error.status)


def _show_database(request: Request, error: Exception) -> Response:
    logger.warning("%s %s: %s", request.method, request.url.path, error)
    return _respond(
        StorageError(
            "The project's database could not answer.",
            item=request.url.path,
            expected="a sound database, free memory and free disk space",
            actual=str(error).splitlines()[0][:500],
        )
    )


def _show_unexpected(request: Request, error: Exception) -> Response:
    """Answer what nobody thought of as a problem, too; the server's log has the traceback."""
    found = f"{type(error).__name__}: {error}"[:500]
    problem = AssayError("Something went wrong inside Assay.", item=request.url.path, actual=found).to_problem()
    return ProblemResponse(problem | {"status": 500}, status_code=500, headers=HEADERS)  # sent past the guard


def _show_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, AssayError)  # noqa: S101 - what it is registered for
    return _respond(error)


def _show_invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - what it is registered for
    first: dict[str, Any] = error.errors()[0]
    unknown = first["type"] == "extra_forbidden" and first["loc"][0] == "query"
    return _respond(
        UsageError(
            "The request has a parameter that is not known." if unknown else "The request is not valid.",
            item=".".join(str(p) for p in first["loc"]),
            expected="none of this name" if unknown else str(first["msg"]),
            actual=repr(first.get("input"))[:200],
        )
    )


def _show_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - what it is registered for
    kind = NotFoundError if error.status_code == 404 else UsageError
    problem = kind(str(error.detail), item=request.url.path, expected="a request as /openapi.json describes it")
    return ProblemResponse(
        problem.to_problem() | {"status": error.status_code}, status_code=error.status_code, headers=error.headers
    )
