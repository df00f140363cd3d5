"""Tags: mark many items at once, undo it, and keep the list of tags in order."""

from __future__ import annotations

import numpy as np
from fastapi.responses import Response
from numpy.typing import NDArray

from assay.api.app import App
from assay.api.depends import Actor, TheApp, TheStore
from assay.api.evaluated_items import find_evaluated
from assay.api.routers import api_router
from assay.api.schemas.base import CountOf
from assay.api.schemas.queries import (
    ApplyTag,
    DeletedTag,
    DeleteTag,
    ImportedTags,
    ImportTags,
    Selection,
    TagChangeOut,
    TagOut,
    TagShare,
    TagState,
    UndoTag,
    UpdateTag,
)
from assay.errors import UsageError
from assay.jobs.tagging import export_tags, import_tags, rename_everywhere
from assay.project.store import Store
from assay.project.tags import (
    Tag,
    TagChange,
    add_tag,
    check_name,
    color_tag,
    count_tagged,
    delete_tag,
    get_tag,
    list_tags,
    remove_tag,
    undo_change,
)
from assay.query.compose import equal
from assay.query.fields import Scope
from assay.query.outcomes import EvaluatedItems
from assay.query.results import ResultSets

router = api_router("tags")


@router.get("/projects/{project}/tags")
def get_tags(store: TheStore) -> list[TagOut]:
    """Return all tags with the numbers of images and annotations that carry them, by name."""
    return [_show(tag) for tag in list_tags(store)]


def _show(tag: Tag) -> TagOut:
    query = str(equal("tag", tag.name))
    return TagOut(
        name=tag.name,
        color=tag.color,
        images=CountOf(scope="image", count=tag.images, query=query),
        annotations=CountOf(scope="annotation", count=tag.annotations, query=query),
    )


@router.post("/projects/{project}/tags/apply")
def apply_tag(request: ApplyTag, store: TheStore, app: TheApp, actor: Actor = "unknown") -> TagChangeOut:
    """Mark items with a tag, or take it from them, all at once."""
    scope, rows = _select(store, app, request.selection)
    if request.action == "add":
        change = add_tag(store, scope, request.name, rows, actor, request.color)
    else:
        change = remove_tag(store, scope, request.name, rows, actor)
    return _told(change)


@router.post("/projects/{project}/tags/state")
def get_tag_state(request: Selection, store: TheStore, app: TheApp) -> TagState:
    """Return how many of some items carry each tag."""
    scope, rows = _select(store, app, request)
    shares = [TagShare(name=n, color=c, tagged=k) for n, c, k in count_tagged(store, scope, rows)]
    return TagState(total=len(rows), tags=shares)


@router.post("/projects/{project}/tags/undo")
def undo_tag(request: UndoTag, store: TheStore, actor: Actor = "unknown") -> TagChangeOut:
    """Put back what one tagging has changed."""
    return _told(undo_change(store, request.change, actor))


@router.post("/projects/{project}/tags/update")
def update_tag(request: UpdateTag, store: TheStore, actor: Actor = "unknown") -> TagOut:
    """Rename a tag, make one of two, or give it a colour; views that speak of it follow."""
    name = request.name
    if request.new_name is not None and check_name(request.new_name) != name:
        rename_everywhere(store, name, request.new_name, actor, merge=request.merge)
        name = check_name(request.new_name)
    if request.color is not None:
        color_tag(store, name, request.color)
    return _show(get_tag(store, name))


@router.post("/projects/{project}/tags/delete")
def post_tag_removal(request: DeleteTag, store: TheStore, actor: Actor = "unknown") -> DeletedTag:
    """Take a tag out of the project and from all items."""
    was = delete_tag(store, request.name, actor)
    return DeletedTag(images=was.images, annotations=was.annotations)


@router.get("/projects/{project}/tags/export", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
def get_tag_file(store: TheStore) -> Response:
    """Return all tags as CSV: tag, scope, the image's file name, the item's id."""
    return Response(export_tags(store), media_type="text/csv; charset=utf-8")


@router.post("/projects/{project}/tags/import")
def post_tag_file(request: ImportTags, store: TheStore, actor: Actor = "unknown") -> ImportedTags:
    """Take tags from a CSV file such as the export writes."""
    done = import_tags(store, request.path, actor, source=request.source, split=request.split)
    return ImportedTags.model_validate(done)


def _told(change: TagChange) -> TagChangeOut:
    return TagChangeOut(tag=change.tag, changed=change.changed, change=change.change)


def _select(store: Store, app: App, selection: Selection) -> tuple[Scope, NDArray[np.int32]]:
    """Return what a selection marks: the rows, each once, of its images or annotations."""
    evaluated = find_evaluated(store, app, selection, selection.scope)
    rows = _select_rows(store, app.results, selection, evaluated)
    if selection.scope == "prediction":
        return "image", np.unique(app.results.columns.image_of(store, "prediction")[rows])
    return selection.scope, rows


def _select_rows(
    store: Store, results: ResultSets, selection: Selection, evaluated: EvaluatedItems | None
) -> NDArray[np.int32]:
    if (selection.rows is None) == (selection.query is None):
        raise UsageError(
            "The selection is not clear.",
            item="selection",
            expected="either rows or a query",
            actual="both" if selection.rows is not None else "neither",
        )
    if selection.rows is not None:
        rows = np.unique(np.array(selection.rows, dtype=np.int32))
        rows = rows[np.isin(rows, results.get(store, selection.scope, "", evaluated=evaluated))]
    else:
        rows = results.get(store, selection.scope, selection.query or "", evaluated=evaluated)
    return rows[~np.isin(rows, np.array(selection.except_rows, dtype=np.int32))] if selection.except_rows else rows
