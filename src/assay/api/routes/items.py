"""Items: query, pages of cards, positions in a result, details."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import Query
from fastapi.responses import Response

from assay.api.app import App
from assay.api.cards import read_cards
from assay.api.columns import read_columns
from assay.api.depends import Row, TheApp, TheStore
from assay.api.details import read_annotation, read_image, read_prediction
from assay.api.evaluated_items import find_evaluated, read_outcomes
from assay.api.listing import list_items
from assay.api.routers import api_router
from assay.api.schemas.items import (
    AnnotationDetail,
    CardPage,
    ImageDetail,
    Position,
    PredictionDetail,
    QueryRequest,
    QueryResult,
)
from assay.api.schemas.requests import CardsQuery, EvaluatedBy, PositionQuery
from assay.api.transfer import MEDIA_TYPE, encode_columns
from assay.api.turns import PAGE_TURN
from assay.project.source_ids import read_source_id
from assay.project.store import Store
from assay.query.fields import fields_of
from assay.query.joins import NOTHING, Column, QueryScope
from assay.query.outcomes import EvaluatedItems
from assay.query.results import Rows, fetch, position_of

router = api_router("items")


@router.post("/projects/{project}/query", dependencies=[PAGE_TURN])
def query_items(request: QueryRequest, store: TheStore, app: TheApp) -> QueryResult:
    """Return items as records with the source's ids and the fields asked for."""
    scope = request.scope
    names = fields_of(store, scope)
    evaluated = find_evaluated(store, app, request, scope)
    fields = list(dict.fromkeys(request.fields))
    rows = app.results.get(store, scope, request.query, request.sort, evaluated)
    end = None if request.limit is None else request.offset + request.limit
    page = rows[request.offset : end]
    told = read_outcomes(evaluated, scope, page, fields, _images_of(store, app, scope, page, evaluated))
    wanted = {f"field {key}": names.column(key) for key in fields if key not in told}
    identity = {
        "row": names.column("row"),
        "file_name": Column("i", "file_name"),
        "image_number": Column("i", "source_id"),
        "image_key": Column("i", "source_key"),
    }
    if scope == "annotation":
        identity |= {
            "number": Column("a", "source_id"),
            "key": Column("a", "source_key"),
            "class": Column("c", "name"),
            "class_number": Column("cs", "source_id"),
            "class_key": Column("cs", "source_key"),
        }
    elif scope == "prediction":
        identity |= {
            "number": Column("p", "position"),
            "key": NOTHING,
            "class": Column("c", "name"),
            "score": Column("p", "score"),
        }
        identity |= {"class_number": Column("c", "source_id"), "class_key": Column("c", "source_key")}
    columns = fetch(store, scope, page, identity | wanted, app.results.columns)
    columns |= {f"field {key}": column for key, column in told.items()}
    return QueryResult(total=len(rows), items=[_record(columns, i, scope, fields) for i in range(len(page))])


def _images_of(store: Store, app: App, scope: QueryScope, rows: Rows, evaluated: EvaluatedItems | None) -> Rows | None:
    """Return the images of objects, where a prediction set is to tell something of them."""
    return None if evaluated is None or scope == "image" else app.results.columns.image_of(store, scope)[rows]


def _record(columns: dict[str, list[Any]], i: int, scope: QueryScope, fields: list[str]) -> dict[str, Any]:
    image_id = read_source_id(columns["image_number"][i], columns["image_key"][i])
    record: dict[str, Any] = {"row": columns["row"][i], "id": image_id, "image_id": image_id}
    record["file_name"] = columns["file_name"][i]
    if scope != "image":
        record["id"] = read_source_id(columns["number"][i], columns["key"][i])
        record["class"] = columns["class"][i]
        record["class_id"] = read_source_id(columns["class_number"][i], columns["class_key"][i])
    if scope == "prediction":
        record["confidence"] = columns["score"][i]
    for key in fields:
        record.setdefault(key, columns[f"field {key}"][i])
    return record


@router.post(
    "/projects/{project}/columns",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {}}}},
)
def query_columns(request: QueryRequest, store: TheStore, app: TheApp) -> Response:
    """Return the fields of a query's items as binary columns: see ``assay.api.transfer``."""
    evaluated = find_evaluated(store, app, request, request.scope)
    rows = app.results.get(store, request.scope, request.query, request.sort, evaluated)
    end = None if request.limit is None else request.offset + request.limit
    page = rows[request.offset : end]
    images = _images_of(store, app, request.scope, page, evaluated)
    columns = read_columns(store, request.scope, page, request.fields, evaluated, images)
    return Response(encode_columns(columns), media_type=MEDIA_TYPE)


@router.get("/projects/{project}/cards", response_model=CardPage, dependencies=[PAGE_TURN])
def list_cards(asked: Annotated[CardsQuery, Query()], store: TheStore, app: TheApp) -> Response:
    """Return a stretch of a result as the grid shows it; ``metric`` names the value on each card."""
    scope, offset = asked.scope, asked.offset
    evaluated = find_evaluated(store, app, asked, scope)
    rows, everything = list_items(asked, store, app, evaluated)
    page = rows[offset : offset + asked.limit]
    cards = read_cards(store, app.results, app.items, scope, page, asked.metric, evaluated)
    answer = orjson.dumps({"total": len(rows), "folded": len(everything) - len(rows), "offset": offset, "cards": cards})
    return Response(answer, media_type="application/json")


@router.get("/projects/{project}/position", dependencies=[PAGE_TURN])
def get_position(asked: Annotated[PositionQuery, Query()], store: TheStore, app: TheApp) -> Position:
    """Return where an item stands in a result, counted from 0, with its neighbours.

    Where pairs are folded and it is the second of one, it stands where it does in the whole result.
    """
    evaluated = find_evaluated(store, app, asked, asked.scope)
    rows, everything = list_items(asked, store, app, evaluated)
    at = position_of(rows, asked.row)
    if at is None and len(rows) < len(everything):
        rows = everything
        at = position_of(rows, asked.row)
    if at is None:
        return Position(total=len(rows), position=None, previous=None, next=None)
    return Position(
        total=len(rows),
        position=at,
        previous=int(rows[at - 1]) if at > 0 else None,
        next=int(rows[at + 1]) if at + 1 < len(rows) else None,
    )


@router.get("/projects/{project}/images/{row}")
def get_image(row: Row, asked: Annotated[EvaluatedBy, Query()], store: TheStore, app: TheApp) -> ImageDetail:
    """Return everything known of an image, under an evaluation with the predictions for it."""
    return read_image(store, row, find_evaluated(store, app, asked, "image"))


@router.get("/projects/{project}/annotations/{row}")
def get_annotation(row: Row, asked: Annotated[EvaluatedBy, Query()], store: TheStore, app: TheApp) -> AnnotationDetail:
    """Return everything known of an annotation, with its image."""
    return read_annotation(store, row, find_evaluated(store, app, asked, "annotation"))


@router.get("/projects/{project}/predictions/items/{row}")
def get_prediction(row: Row, asked: Annotated[EvaluatedBy, Query()], store: TheStore, app: TheApp) -> PredictionDetail:
    """Return everything known of a prediction, with its image."""
    return read_prediction(store, row, find_evaluated(store, app, asked, "prediction"))
