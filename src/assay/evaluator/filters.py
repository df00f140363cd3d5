"""A query as what an evaluation takes of it: an image condition, a set of classes, and a condition on objects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assay.arrays import BoolArray
from assay.errors import QueryError
from assay.evaluation.types import Selection
from assay.evaluator.data import EvaluationData
from assay.project.store import Store
from assay.query.compile import read_query
from assay.query.fields import EVALUATED, fields_of
from assay.query.parse import parse
from assay.query.results import ResultSets
from assay.query.tree import And, Node, Not, Or, Search, Term, conjunction, parts, terms


@dataclass(frozen=True)
class Filter:
    """What of a prediction set is evaluated.

    Attributes:
        selection: Images, and the annotations and predictions that fulfil the condition on objects.
        classes: bool ``(classes,)``, or None for all.
    """

    selection: Selection
    classes: BoolArray | None


def read_filter(store: Store, results: ResultSets, data: EvaluationData, query: str, among: BoolArray | None) -> Filter:
    """Return what a query leaves of a prediction set.

    Args:
        store: The project.
        results: Result sets.
        data: The set.
        query: Conditions on images (``brightness<0.2``, ``tag:``, ``split:``), classes and objects; an ``or`` across
            these kinds has no meaning in an evaluation.
        among: bool ``(images,)``, the images that may be evaluated; None for all.

    Raises:
        QueryError: the query cannot be understood, mixes kinds in an ``or``, or speaks of outcomes.
    """
    _refuse_outcomes(query)
    tree, _ = read_query(store, "image", query)
    groups: dict[str, list[Node]] = {"image": [], "class": [], "object": []}
    for part in parts(tree):
        groups[_kind(store, part)].append(part)
    images = among
    if groups["image"]:
        rows = results.get(store, "image", str(conjunction(groups["image"])))
        found = np.isin(data.image_rows, rows)
        images = found if images is None else images & found
    classes = None
    if groups["class"]:
        chosen = [all(_holds(part, name) for part in groups["class"]) for name in data.class_names]
        classes = np.array(chosen, dtype=np.bool_)  # also where no class occurs
    annotations = predictions = None
    if groups["object"]:
        text = str(conjunction(groups["object"]))
        annotations = np.isin(data.annotation_rows, results.get(store, "annotation", text))
        predictions = np.isin(data.prediction_rows, results.get(store, "prediction", text))
    return Filter(Selection(images, annotations, predictions), classes)


def _refuse_outcomes(query: str) -> None:
    for term in terms(parse(query)):
        if isinstance(term, Term) and term.key in EVALUATED:
            raise QueryError(
                f"An evaluation cannot be filtered by {term.key}.",
                item=term.key,
                expected="conditions on images, classes and objects",
                actual="a condition on what the evaluation finds out",
                position=term.span[0],
                length=len(term.key),
            )


def _kind(store: Store, part: Node) -> str:
    """Return which kind of condition a part of a query is.

    Raises:
        QueryError: it mixes kinds.
    """
    kinds: dict[str, Term | Search] = {}
    for term in terms(part):
        kinds.setdefault(_kind_of_term(store, term), term)
    if len(kinds) > 1:
        second = list(kinds.values())[1]
        raise QueryError(
            "Conditions on images, classes and objects cannot be joined by “or” in an evaluation.",
            item=str(second)[:100],
            expected="conditions side by side, each of one kind",
            actual=" or ".join(kinds),
            position=second.span[0],
            length=second.span[1] - second.span[0],
        )
    return next(iter(kinds), "image")


def _kind_of_term(store: Store, term: Term | Search) -> str:
    if isinstance(term, Search):
        return "image"
    if term.key == "class":
        return "class"
    fields = fields_of(store, "image")
    if term.key in ("outlier", "severe"):
        metric = fields.metric(term.value.text)
        return "object" if metric is not None and metric.level == "annotation" else "image"
    return "object" if fields.find(term.key).level == "annotation" else "image"


def _holds(node: Node, name: str) -> bool:
    """Say whether conditions on classes hold for a class."""
    if isinstance(node, Term):
        return node.value.text == name if node.value.literal or node.value.text != "*" else True
    if isinstance(node, Not):
        return not _holds(node.child, name)
    if isinstance(node, And):
        return all(_holds(child, name) for child in node.children)
    return isinstance(node, Or) and any(_holds(child, name) for child in node.children)
