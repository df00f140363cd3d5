"""Queries made by the program: what a bar, a bin or a cell stands for."""

from __future__ import annotations

from assay.query.joins import QueryScope
from assay.query.parse import parse
from assay.query.tree import ANY, NULL, Node, Not, Operator, Term, Value, conjunction, disjunction


def narrow(query: str, *conditions: Node) -> str:
    """Return the text of a query that holds where ``query`` and all conditions do."""
    return str(conjunction([parse(query), *conditions]))


def narrow_images(query: str, *of_object: Node) -> str:
    """Return the query of those images of ``query`` that have, for each condition, an annotation of that kind.

    In image scope the conditions on annotations of one conjunction speak of the same annotation; a double complement
    keeps each of these apart.
    """
    tree = parse(query)
    alone = len(of_object) == 1 and tree == parse("")
    return str(conjunction([tree, *(of_object if alone else (Not(Not(each)) for each in of_object))]))


def narrow_scope(scope: QueryScope, query: str, condition: Node, level: QueryScope) -> str:
    """Return ``query`` and a condition that speaks of images or of annotations, for items of a scope."""
    return narrow_images(query, condition) if scope == "image" and level == "annotation" else narrow(query, condition)


def equal(key: str, text: str) -> Term:
    """Return the condition that a field has exactly this value."""
    return Term(key, ":", Value.quoted(text))


def compare(key: str, operator: Operator, number: float) -> Term:
    """Return the condition that a field compares so with a number."""
    return Term(key, operator, Value(write_number(number)))


def interval(key: str, low: float, high: float, *, closed: bool = False) -> Term:
    """Return the condition that a number lies in [low, high), or in [low, high]."""
    return Term(key, ":", Value(f"{write_number(low)}..{'=' if closed else ''}{write_number(high)}"))


def absent(key: str) -> Term:
    """Return the condition that a field has no value."""
    return Term(key, ":", Value(NULL))


def present(key: str) -> Term:
    """Return the condition that a field has a value."""
    return Term(key, ":", Value(ANY))


def either(*conditions: Node) -> Node:
    """Return the condition that any of some conditions holds."""
    return disjunction(list(conditions))


def severe(key: str) -> Node:
    """Return the condition of severe outliers of a metric, or of ``any``."""
    return Term("severe", ":", Value(key))


def outlier(key: str) -> Node:
    """Return the condition of severe and moderate outliers of a metric, or of ``any``."""
    return Term("outlier", ":", Value(key))


def moderate(key: str) -> tuple[Node, Node]:
    """Return the conditions of outliers that are not severe ones."""
    return outlier(key), Not(severe(key))


def write_number(number: float) -> str:
    """Return the shortest text that reads back as the same number."""
    return str(int(number)) if float(number).is_integer() and abs(number) < 1e15 else repr(float(number))
