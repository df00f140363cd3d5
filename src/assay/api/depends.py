"""What routes ask for in their arguments.

Dependencies that only look at the request are coroutines: plain functions would go to a thread of the pool and back.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Path, Request

from assay.api.app import App
from assay.api.schemas.base import MOST_ROW
from assay.errors import NotFoundError
from assay.jobs.catalogue import Catalogue
from assay.metrics.definition import Metric
from assay.project.store import Store
from assay.query.joins import QueryScope


async def _app(request: Request) -> App:
    app: App = request.app.state.app
    return app


TheApp = Annotated[App, Depends(_app)]


def _store(project: str, app: TheApp, request: Request) -> Store:
    """Return a project, open; who says which one was meant is not given another one of the same name."""
    wanted = request.headers.get("x-assay-project")
    try:
        store = app.workspace.get(project)
    except NotFoundError as error:
        if wanted is None:
            raise
        raise _gone(project, error.actual or error.message) from error
    if wanted is not None and store.manifest.uuid != wanted:
        raise _gone(project, "another project of the same name")
    return store


def _gone(project: str, found: str) -> NotFoundError:
    return NotFoundError(
        "The project has been deleted, moved or replaced since it was opened.",
        item=project,
        expected="the project that was opened",
        actual=found,
        hint="Open it again.",
    )


TheStore = Annotated[Store, Depends(_store)]

Row = Annotated[int, Path(ge=0, le=MOST_ROW)]

Actor = Annotated[str, Header(alias="x-assay-client", max_length=60)]


def check_metric(store: Store, key: str, scope: QueryScope) -> Metric:
    """Return the project's metric of a key in a scope.

    Raises:
        NotFoundError: there is no such metric, or not in this scope.
    """
    metric = Catalogue(store).get(key)
    if scope not in metric.scopes:
        raise NotFoundError(
            "The metric is not of this scope.",
            item=key,
            expected=f"scope {' or '.join(metric.scopes)}",
            actual=f"scope {scope}",
        )
    return metric
