"""Suggestions for the place of the cursor in a query's text: completion from the grammar's own words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assay.errors import QueryError
from assay.project.store import Store
from assay.project.vocabulary import AcquisitionKey, OutcomeCountKey
from assay.query.fields import EVALUATED, EVALUATION_FIELDS, FAULT, LATER, SEVERITIES, Field, Fields, fields_of
from assay.query.joins import QueryScope, tables
from assay.query.outcomes import EvaluatedItems
from assay.query.tree import BARE_KEY, Value

MOST = 20
_MOST_VALUES = 2_000

_TYPED = re.compile(rf'(?:^|(?<=[\s(])|(?<=-))("[^"]*"|{BARE_KEY})\s*(<=|>=|[:<>=])\s*("[^"]*|[^\s()"]*)$')
_WORD = re.compile(r'[^\s()"~-][^\s()"]*$')


@dataclass(frozen=True)
class Suggestion:
    """A text that may stand at the cursor, with its meaning and its kind."""

    text: str
    label: str
    detail: str
    kind: str


@dataclass(frozen=True)
class Completion:
    """Suggestions for what stands between two offsets of the text."""

    start: int
    end: int
    suggestions: list[Suggestion]


def complete(
    store: Store,
    scope: QueryScope,
    text: str,
    cursor: int,
    titles: Mapping[str, str],
    evaluated: EvaluatedItems | None = None,
) -> Completion:
    """Return the suggestions for the place of the cursor.

    Args:
        store: The project.
        scope: What the query is about.
        text: The query's text, as far as it is typed.
        cursor: Offset in the text.
        titles: Of metrics, by key.
        evaluated: The evaluation of the items, if there is one.
    """
    before = text[:cursor]
    fields = fields_of(store, scope)
    typed = _TYPED.search(before)
    if typed:
        key, part, start = typed[1].strip('"'), typed[3], typed.start(3)
        end = cursor + len(re.match(r'[^\s()"]*"?' if part.startswith('"') else r'[^\s()"]*', text[cursor:])[0])  # type: ignore[index]
        values = _values(store, fields, key, titles)
        return Completion(start, end, _rank(part.strip('"'), values))
    if before.count('"') % 2:
        return Completion(cursor, cursor, [])
    word = _WORD.search(before)
    start = word.start() if word else cursor
    end = cursor + len(re.match(r"[^\s()\":<>=]*", text[cursor:])[0])  # type: ignore[index]
    suggestions = _rank(before[start:], _keys(store, fields, titles, evaluated))
    if before[:start].strip() and not before[:start].rstrip().endswith(("(", "not", "-", "or", "and")):
        suggestions += [s for s in _KEYWORDS if s.label.startswith(before[start:].lower())]
    return Completion(start, end, suggestions[:MOST])


_KEYWORDS = (
    Suggestion("or ", "or", "either of two conditions", "keyword"),
    Suggestion("not ", "not", "everything but", "keyword"),
)
_ABOUT = {
    "class": "name of the class",
    "tag": "items that carry a tag",
    "split": "train, val, test …",
    "id": "id in the source",
    "file": "file name, with * for any characters",
    "shape": "box, polygon, mask …",
    "status": "whether the file is there and can be read",
    "annotator": "who made the annotation",
    "crowd": "whether it marks a crowd",
    "outcome": "what an evaluation makes of it",
    "reason": "why it is an error",
    "iou": "overlap with the annotation of its class",
    "true_class": "class of the annotation that a prediction counts against",
    "predicted_class": "class of the prediction that an annotation counts against",
    "evaluated": "whether the filter of the evaluation leaves the image",
    "compared": "what became of the image from one prediction set to the other",
    "outlier": "moderate and severe outliers of a metric",
    "severe": "severe outliers of a metric",
    "damaged": "whether the image's file ends early",
    "size_mismatch": "whether the image's file has another size than is declared",
    "track": "object of a sequence",
    "sequence": "film that the image belongs to",
    "frame": "number of the frame",
}
_OF_SETS: frozenset[str] = frozenset((*AcquisitionKey, *OutcomeCountKey))
_HIDDEN = frozenset(("row", "image_id", "file_name", "class_id", "blur", *EVALUATED, *LATER))


def _keys(
    store: Store, fields: Fields, titles: Mapping[str, str], evaluated: EvaluatedItems | None
) -> list[Suggestion]:
    hidden = set(_HIDDEN)
    if evaluated is not None:
        hidden -= {field.key for field in EVALUATION_FIELDS[fields.scope]}
        if evaluated.make_changes is None:
            hidden.add("compared")
        hidden |= _OF_SETS - set(evaluated.image_metrics)
    visible = [field for field in fields.all() if field.key not in hidden and not field.key.startswith(FAULT)]
    suggestions = [
        Suggestion(
            f"{_quote_key(field)}:" if field.type != "number" else _quote_key(field),
            field.key,
            titles.get(field.key) or _ABOUT.get(field.key) or f"{field.type} of the {field.level}",
            "metric" if field.stored else "key",
        )
        for field in sorted(visible, key=lambda field: (field.stored, field.key not in _ABOUT))
    ]
    with store.read() as cursor:
        classes = cursor.execute("SELECT name FROM class LIMIT ?", [_MOST_VALUES]).fetchall()
        tags = cursor.execute("SELECT name FROM tag LIMIT ?", [_MOST_VALUES]).fetchall()
    suggestions += [Suggestion(f"class:{Value.quoted(name)}", name, "class", "class") for (name,) in classes]
    suggestions += [Suggestion(f"tag:{Value.quoted(name)}", name, "tag", "tag") for (name,) in tags]
    return suggestions


def _quote_key(field: Field) -> str:
    return field.key if re.fullmatch(BARE_KEY, field.key) else f'"{field.key}"'


def _values(store: Store, fields: Fields, key: str, titles: Mapping[str, str]) -> list[Suggestion]:
    """Return the values that a key may have."""
    try:
        field = fields.find(key)
    except QueryError:
        return []
    if key in SEVERITIES:
        keys = [*fields.metrics(fields.scope), *(k for k in fields.metrics("annotation") if fields.scope == "image")]
        return [
            Suggestion("any", "any", "of any metric", "value"),
            *(Suggestion(k, k, titles.get(k, ""), "metric") for k in keys),
        ]
    if field.type == "boolean":
        return [Suggestion(word, word, "", "value") for word in ("true", "false")]
    if field.type == "choice":
        # in image scope the value decides whether predictions or annotations are spoken of
        others = ("tp", "fp") if key == "outcome" and fields.scope == "image" else ()
        return [Suggestion(word, word, "", "value") for word in (*others, *field.choices)]
    with store.read() as cursor:
        if field.type in ("class", "tag"):
            rows = cursor.execute(f'SELECT name FROM "{field.type}" ORDER BY 1 LIMIT ?', [_MOST_VALUES]).fetchall()
        elif field.type == "text":
            rows = cursor.execute(
                f"SELECT {field.column.sql}, count(*) AS items FROM {tables(field.level, [field.column.table])} "
                f"WHERE {field.column.sql} IS NOT NULL GROUP BY 1 ORDER BY items DESC LIMIT ?",
                [_MOST_VALUES],
            ).fetchall()
        else:
            rows = []
    return [Suggestion(str(Value.quoted(row[0])), row[0], "", field.type) for row in rows]


def _rank(part: str, suggestions: Iterable[Suggestion]) -> list[Suggestion]:
    """Return the suggestions that begin with the part, then those with a word that does, then those that contain it."""
    beginning = part.casefold()
    ranked = []
    for at, each in enumerate(suggestions):
        name, about = each.label.casefold(), each.detail.casefold()
        if name.startswith(beginning):
            rank = 0
        elif any(word.startswith(beginning) for word in re.split(r"[\W_]+", f"{name} {about}")):
            rank = 1
        elif beginning in name:
            rank = 2
        else:
            continue
        ranked.append((rank, at, each))
    return [each for _, _, each in sorted(ranked, key=lambda entry: entry[:2])[:MOST]]
