"""Tree to SQL: the only place where a filter becomes a statement. Every value is bound."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from assay.errors import QueryError
from assay.project.store import Store
from assay.query.fields import SCOPES, Field, fields_of, key_column, nearest
from assay.query.joins import Column, QueryScope, tables
from assay.query.parse import parse
from assay.query.tree import ANY, NULL, And, Node, Not, Or, Search, Term, terms
from assay.query.values import NUMBER, day_after, explain_lone_word, read_date, read_number, unknown_value, wrong_value

_COMPARISONS = {"<", "<=", ">", ">="}
_TAGS = {
    "image": ("image_tag", "i.row"),
    "annotation": ("annotation_tag", "a.row"),
    "prediction": ("image_tag", "p.image"),
}


@dataclass(frozen=True)
class Condition:
    """A query as SQL.

    Attributes:
        sql: A condition on the scope's aliases; NULL counts as false.
        tables: Aliases of the tables that it reads.
        values: What its ``$names`` are bound to.
        uses_tags: Whether it changes when tags do.
        hints: What was understood though it may be a slip, in sentences.
    """

    sql: str
    tables: frozenset[str]
    values: dict[str, Any]
    uses_tags: bool
    hints: tuple[str, ...] = ()


def compile_query(store: Store, scope: QueryScope, tree: Node, text: str = "") -> Condition:
    """Return the SQL of a query.

    Args:
        store: The project whose names it uses.
        scope: What its rows are of.
        tree: The query.
        text: What the tree was read from; for the place of errors.

    Raises:
        QueryError: a name or a value is unknown, or no value of its key.
    """
    compiler = _Compiler(store, scope, text)
    sql = compiler.condition(tree)
    return Condition(sql, frozenset(compiler.reads), compiler.values, compiler.uses_tags, tuple(compiler.hints))


def read_query(store: Store, scope: QueryScope, text: str) -> tuple[Node, Condition]:
    """Return the tree and the SQL of a query's text.

    Raises:
        QueryError: it cannot be understood.
    """
    try:
        tree = parse(text)
    except QueryError as error:
        raise explain_lone_word(store, scope, text, error) from None
    return tree, compile_query(store, scope, tree, text)


@dataclass
class _Compiler:
    store: Store
    scope: QueryScope
    text: str
    values: dict[str, Any] = field(default_factory=dict)
    uses_tags: bool = False
    hints: list[str] = field(default_factory=list)
    is_negated: bool = False
    reads: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.fields = fields_of(self.store, self.scope)
        self._tags: dict[str, list[int]] | None = None

    # ------------------------------------------------------------ structure

    def condition(self, node: Node) -> str:
        """Return the condition of a node on an item of the scope."""
        if self.scope != "image":
            return self._combine(node, self.condition)
        if self._is_of_object(node):
            return self._exists([node])
        if isinstance(node, And):
            of_object = [child for child in node.children if self._is_of_object(child)]
            others = [self.condition(child) for child in node.children if child not in of_object]
            if of_object:  # one and the same annotation or prediction
                others.append(self._exists(of_object))
            return _join("AND", others)
        return self._combine(node, self.condition)

    def _exists(self, nodes: list[Node]) -> str:
        """Return the condition on an image that an annotation, or a prediction, in it fulfils all nodes."""
        if any(_is_of_prediction(term) for node in nodes for term in terms(node)):
            inner = _Compiler(self.store, "prediction", self.text, self.values, False, self.hints, self.is_negated)
            condition = _join("AND", [inner.condition(node) for node in nodes])
            self.uses_tags |= inner.uses_tags
            source = tables("prediction", inner.reads | {"pj"})
            return f"i.row IN (SELECT p.image FROM {source} WHERE {condition})"
        of_image, self.reads = self.reads, set()
        condition = _join("AND", [self._object_condition(node) for node in nodes])
        source, self.reads = tables("annotation", self.reads), of_image
        return f"i.row IN (SELECT a.image FROM {source} WHERE {condition})"

    def _object_condition(self, node: Node) -> str:
        return self._combine(node, self._object_condition)

    def _combine(self, node: Node, inner: Callable[[Any], str]) -> str:
        if isinstance(node, And):
            return _join("AND", [inner(child) for child in node.children])
        if isinstance(node, Or):
            return _join("OR", [inner(child) for child in node.children])
        if isinstance(
            node, Not
        ):  # what cannot be said of an item, as it has no value, is false: so its complement holds
            self.is_negated = not self.is_negated
            child = inner(node.child)
            self.is_negated = not self.is_negated
            return f"NOT coalesce(({child}), false)"
        if isinstance(node, Search):
            raise QueryError(
                "This project has no encoder for text search.",
                item=node.words[:100],
                expected="conditions such as class:person",
                actual="free words",
                position=node.span[0],
                length=node.span[1] - node.span[0],
            )
        return self._term(node)

    def _is_of_object(self, node: Node) -> bool:
        """Tell, in image scope, what speaks of one annotation from what speaks of the image."""
        if isinstance(node, Term):
            return self._level(node) != "image"
        if isinstance(node, And | Or):
            return bool(node.children) and all(map(self._is_of_object, node.children))
        return False

    def _level(self, term: Term) -> QueryScope:
        field = self._find(term)
        if field.type == "severity":
            metric = self.fields.metric(term.value.text)
            return self.scope if metric is None else metric.level
        return field.level

    # ------------------------------------------------------------ terms

    def _find(self, term: Term) -> Field:
        try:
            return self.fields.find(term.key)
        except QueryError as error:
            error.position = term.span[0]
            error.length = max(1, len(self.text[term.span[0] : term.value_start].rstrip(" :<>=")))
            raise

    def _term(self, term: Term) -> str:
        field = self._find(term)
        if field.type in ("choice", "class", "tag", "severity", "text", "file", "boolean") and term.operator != ":":
            raise wrong_value(term, f"{term.key}:VALUE", f"{term.key}{term.operator}{term.value}", place=term.span)
        return _WRITERS[field.type](self, term, field)

    def _use(self, column: Column) -> str:
        """Return the SQL of a column; its table is one that the condition reads."""
        self.reads.add(column.table)
        return column.sql

    def bind(self, value: Any) -> str:
        """Return the name by which a value stands in the statement."""
        name = f"q{len(self.values)}"
        self.values[name] = value
        return f"${name}"

    def _special(self, term: Term, sql: str) -> str | None:
        """Return the condition of ``key:null`` and ``key:*``."""
        if term.value.literal or term.operator != ":" or term.value.text not in (NULL, ANY):
            return None
        return f"{sql} IS NULL" if term.value.text == NULL else f"{sql} IS NOT NULL"

    def _number(self, term: Term, field: Field) -> str:
        sql = self._use(field.column)
        return self._special(term, sql) or self._interval(term, sql, read_number, lambda value: value)

    def _date(self, term: Term, field: Field) -> str:
        sql = self._use(field.column)
        return self._special(term, sql) or self._interval(term, sql, read_date, day_after)

    def _interval(
        self,
        term: Term,
        sql: str,
        read: Callable[[Term, str], Any],
        end_of: Callable[[Any], Any],
    ) -> str:
        """Return a comparison or range; a value may stand for a stretch, as a date does for its day."""
        text = term.value.text
        if term.operator in _COMPARISONS:
            value = read(term, text)
            whole = end_of(value)
            if whole is not value and term.operator in ("<=", ">"):  # the day as a whole
                return f"{sql} {'<' if term.operator == '<=' else '>='} {self.bind(whole)}"
            return f"{sql} {term.operator} {self.bind(value)}"
        if ".." in text and not term.value.literal:
            low, high = text.split("..", 1)
            closed = high.startswith("=")
            bounds = []
            if low:
                bounds.append(f"{sql} >= {self.bind(read(term, low))}")
            if high.removeprefix("="):
                last = read(term, high.removeprefix("="))
                whole = end_of(last)
                if closed and whole is not last:
                    bounds.append(f"{sql} < {self.bind(whole)}")
                else:
                    bounds.append(f"{sql} {'<=' if closed else '<'} {self.bind(last)}")
            if not bounds:
                raise wrong_value(term, "a range with at least one bound, such as 0.2..0.5", text)
            return " AND ".join(bounds)
        value = read(term, text)
        whole = end_of(value)
        if whole is not value:
            return f"{sql} >= {self.bind(value)} AND {sql} < {self.bind(whole)}"
        return f"{sql} = {self.bind(value)}"

    def _text(self, term: Term, field: Field) -> str:
        sql = self._use(field.column)
        return self._special(term, sql) or f"{sql} = {self.bind(term.value.text)}"

    def _file(self, term: Term, field: Field) -> str:
        sql = self._use(field.column)
        special = self._special(term, sql)
        if special:
            return special
        text = term.value.text
        if not set(text) & set("*?"):
            return f"{sql} = {self.bind(text)}"
        pattern = re.sub(r"([\\%_])", r"\\\1", text).replace("*", "%").replace("?", "_")
        return f"{sql} LIKE {self.bind(pattern)} ESCAPE '\\'"

    def _boolean(self, term: Term, field: Field) -> str:
        sql = self._use(field.column)
        special = self._special(term, sql)
        if special:
            return special
        truth = {"true": True, "false": False}.get(term.value.text.lower())
        if truth is None:
            raise wrong_value(term, "true or false", term.value.text)
        return f"{sql} = {self.bind(truth)}"

    def _choice(self, term: Term, field: Field) -> str:
        sql = self._use(field.column)
        special = self._special(term, sql)
        if special:
            return special
        if term.value.text not in field.choices:
            raise unknown_value(term, f"{term.key} named", field.choices, ", ".join(field.choices))
        return f"{sql} = {self.bind(term.value.text)}"

    def _id(self, term: Term, field: Field) -> str:
        sql, other = self._use(field.column), self._use(key_column(field))
        if self._special(term, sql):
            absent = f"({sql} IS NULL AND {other} IS NULL)"
            return absent if term.value.text == NULL else f"NOT {absent}"
        text = term.value.text
        if term.operator in _COMPARISONS or (".." in text and not term.value.literal):
            return self._interval(term, sql, read_number, lambda value: value)
        as_text = f"{other} = {self.bind(orjson.dumps(text).decode())}"
        if re.fullmatch(r"[+-]?\d{1,18}", text):
            return f"({sql} = {self.bind(int(text))} OR {as_text})"
        return f"({as_text} OR {other} = {self.bind(text)})" if NUMBER.match(text) else as_text

    def _class(self, term: Term, field: Field) -> str:
        own = "p.class" if self.scope == "prediction" else "a.class"
        column = own if field.key == "class" else self._use(field.column)
        special = self._special(term, column)
        if special:
            return special
        return _among(column, self._rows_named(term, "class"), self.bind)

    def _tag(self, term: Term, _field: Field) -> str:
        self.uses_tags = True
        table, row = _TAGS[self.scope]
        if not term.value.literal and term.value.text in (NULL, ANY):
            negated = "NOT " if term.value.text == NULL else ""
            return f"{row} {negated}IN (SELECT x.row FROM {table} x)"
        if self.is_negated and term.value.text not in self._tag_names():  # as before the first item gets it
            near = nearest(term.value.text, self._tag_names())
            self.hints.append(
                f"There is no tag “{term.value.text[:100]}” yet, so nothing has it."
                + (f" Did you mean “{near}”?" if near else "")
            )
            return "false"
        has_tag = _among("x.tag", self._rows_named(term, "tag"), self.bind)
        return f"{row} IN (SELECT x.row FROM {table} x WHERE {has_tag})"

    def _rows_named(self, term: Term, what: Literal["class", "tag"]) -> list[int]:
        names = self.fields.classes if what == "class" else self._tag_names()
        if term.value.text not in names:
            listed = ", ".join(list(names)[:8]) or f"a project with a {what}"
            raise unknown_value(term, what, names, listed)
        return names[term.value.text]

    def _tag_names(self) -> dict[str, list[int]]:
        if self._tags is None:
            with self.store.read() as cursor:
                self._tags = {name: [tag] for tag, name in cursor.execute("SELECT tag, name FROM tag").fetchall()}
        return self._tags

    def _severity(self, term: Term, _field: Field) -> str:
        key = term.value.text
        metric = self.fields.metric(key)
        if key != "any" and metric is None:
            metrics = [name for scope in SCOPES for name in self.fields.metrics(scope)]
            raise unknown_value(term, "metric", [*metrics, "any"], "a metric's key, or any")
        level = self.scope if metric is None else metric.level
        if metric is None and level in self.fields.scopes_with_severity:
            worst = self._use(Column("iv" if level == "image" else "av", "worst"))
            return f"{worst} {'= 2' if term.key == 'severe' else '>= 1'}"
        keys = self.fields.metrics(level) if metric is None else [metric.key]
        conditions = []
        for each in keys:
            limits = self.fields.limits(level).get(each)
            if limits is not None:
                conditions += self._beyond(
                    self._use(self.fields.find(each).column), limits, severe=term.key == "severe"
                )
        return _join("OR", conditions) if conditions else "false"

    def _beyond(self, sql: str, limits: dict[str, Any], *, severe: bool) -> list[str]:
        """Return the sides on which a value is beyond a metric's limits; severe values are beyond moderate ones."""
        equal = "=" if limits["inclusive"] else ""
        conditions = []
        for side, sign in (("low", "<"), ("high", ">")):
            limit = limits[f"severe_{side}"]
            if not severe and limits[f"moderate_{side}"] is not None:
                limit = limits[f"moderate_{side}"]
            if limit is not None:
                conditions.append(f"({sql} {sign}{equal} {self.bind(limit)}{self._uncommon(sql, limits)})")
        return conditions

    def _uncommon(self, sql: str, limits: dict[str, Any]) -> str:
        """Return the condition that a value is none of those that too many items share to be outliers."""
        common = [self.bind(value) for value in limits.get("common", ())]
        return f" AND {sql} NOT IN ({', '.join(common)})" if common else ""


_WRITERS: dict[str, Callable[[_Compiler, Term, Field], str]] = {
    "number": _Compiler._number,  # noqa: SLF001 - the table of the class's own methods
    "date": _Compiler._date,  # noqa: SLF001
    "text": _Compiler._text,  # noqa: SLF001
    "file": _Compiler._file,  # noqa: SLF001
    "boolean": _Compiler._boolean,  # noqa: SLF001
    "choice": _Compiler._choice,  # noqa: SLF001
    "id": _Compiler._id,  # noqa: SLF001
    "class": _Compiler._class,  # noqa: SLF001
    "tag": _Compiler._tag,  # noqa: SLF001
    "severity": _Compiler._severity,  # noqa: SLF001
}


def _is_of_prediction(term: Term | Search) -> bool:
    """Tell whether a term of a query for images is about predictions: the objects beside it are predictions, too."""
    if not isinstance(term, Term):
        return False
    return term.key in ("reason", "iou", "true_class") or (term.key == "outcome" and term.value.text in ("tp", "fp"))


def _join(word: str, conditions: list[str]) -> str:
    if not conditions:
        return "true"
    return conditions[0] if len(conditions) == 1 else f" {word} ".join(f"({each})" for each in conditions)


def _among(sql: str, numbers: list[int], bind: Callable[[Any], str]) -> str:
    return f"{sql} IN ({', '.join(bind(number) for number in numbers)})"
