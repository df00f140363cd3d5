"""The query language: what a text means, what may follow, and queries under a name."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from assay.api.depends import Actor, TheApp, TheStore
from assay.api.evaluated_items import find_evaluated
from assay.api.listing import list_items
from assay.api.routers import api_router
from assay.api.schemas.queries import (
    CompletionOut,
    DeleteView,
    ParsedQuery,
    ParseRequest,
    QueryPart,
    RenameView,
    RowsOut,
    SaveView,
    SuggestionOut,
    ViewOut,
)
from assay.api.schemas.requests import CompletionQuery, RowsQuery
from assay.errors import QueryError
from assay.jobs.catalogue import Catalogue
from assay.project.store import Store
from assay.project.views import View, delete_view, list_views, rename_view, save_view
from assay.query.compile import compile_query
from assay.query.complete import complete
from assay.query.parse import parse
from assay.query.results import ResultSets
from assay.query.tree import Node, Not, conjunction, parts, terms, write_part

router = api_router("queries")


@router.post("/projects/{project}/query/parse")
def parse_query(request: ParseRequest, store: TheStore, app: TheApp) -> ParsedQuery:
    """Return what a query's text means: its plainest form, its conditions, and how many items it finds."""
    evaluated = find_evaluated(store, app, request, request.scope)
    rows = app.results.get(store, request.scope, request.text, evaluated=evaluated)
    tree = parse(request.text)
    found = parts(tree)
    return ParsedQuery(
        text=str(tree),
        scope=request.scope,
        query=str(tree),
        count=len(rows),
        terms=[_describe(request.text, found, at) for at in range(len(found))],
        hints=list(compile_query(store, request.scope, tree, request.text).hints),
    )


def _describe(text: str, found: tuple[Node, ...], at: int) -> QueryPart:
    node = found[at]
    inner = node.child if isinstance(node, Not) else node
    spans = [term.span for term in terms(node)]
    start, end = min((s for s, _ in spans), default=0), max((e for _, e in spans), default=len(text))
    keys = {getattr(term, "key", None) for term in terms(inner)}
    return QueryPart(
        start=start,
        end=end,
        text=write_part(node),
        key=keys.pop() if len(keys) == 1 else None,
        negated=isinstance(node, Not),
        remaining=str(conjunction([each for i, each in enumerate(found) if i != at])),
    )


@router.get("/projects/{project}/query/complete")
def complete_query(asked: Annotated[CompletionQuery, Query()], store: TheStore, app: TheApp) -> CompletionOut:
    """Return what may stand where the cursor is, by default at the end."""
    text, end = asked.text, len(asked.text)
    cursor = end if asked.cursor is None else min(asked.cursor, end)
    evaluated = find_evaluated(store, app, asked, "image")  # names of predictions are known without a set, too
    titles = {metric.key: metric.title for metric in Catalogue(store).all()}
    found = complete(store, asked.scope, text, cursor, titles, evaluated)
    suggestions = [SuggestionOut(text=s.text, label=s.label, detail=s.detail, kind=s.kind) for s in found.suggestions]
    return CompletionOut(start=found.start, end=found.end, suggestions=suggestions)


@router.get("/projects/{project}/rows")
def list_rows(asked: Annotated[RowsQuery, Query()], store: TheStore, app: TheApp) -> RowsOut:
    """Return a stretch of a result as row numbers."""
    evaluated = find_evaluated(store, app, asked, asked.scope)
    rows, _ = list_items(asked, store, app, evaluated)
    return RowsOut(total=len(rows), offset=asked.offset, rows=rows[asked.offset : asked.offset + asked.limit].tolist())


@router.get("/projects/{project}/views")
def get_views(store: TheStore, app: TheApp) -> list[ViewOut]:
    """Return the views with their live counts; one whose query no longer works says why."""
    return [_live(store, app.results, view) for view in list_views(store)]


@router.put("/projects/{project}/views")
def put_view(request: SaveView, store: TheStore, app: TheApp, actor: Actor = "unknown") -> ViewOut:
    """Save a query that can be understood under a name, in the place of a view of that name."""
    app.results.get(store, request.scope, request.query, request.sort)
    query = str(parse(request.query))
    saved = save_view(store, View(request.name, request.scope, query, request.sort or None), actor)
    return _live(store, app.results, saved)


@router.post("/projects/{project}/views/rename", status_code=204)
def post_view_name(request: RenameView, store: TheStore, actor: Actor = "unknown") -> None:
    """Give a view another name."""
    rename_view(store, request.name, request.new_name, actor)


@router.post("/projects/{project}/views/delete", status_code=204)
def post_view_removal(request: DeleteView, store: TheStore, actor: Actor = "unknown") -> None:
    """Take a view out of the project; its items are not touched."""
    delete_view(store, request.name, actor)


def _live(store: Store, results: ResultSets, view: View) -> ViewOut:
    count: int | None = None
    problem: str | None = None
    try:
        count = len(results.get(store, view.scope, view.query))
    except QueryError as error:
        problem = error.message
    return ViewOut(name=view.name, scope=view.scope, query=view.query, sort=view.sort, count=count, problem=problem)
