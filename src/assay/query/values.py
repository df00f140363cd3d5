"""Values of a query's terms: numbers and dates out of text, and the errors that name what a value could be."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import MAXYEAR, datetime, timedelta

from assay.errors import QueryError
from assay.project.store import Store
from assay.query.fields import fields_of, nearest
from assay.query.joins import QueryScope
from assay.query.tree import Term, Value

NUMBER = re.compile(r"[+-]?(\d+(_\d+)*\.?\d*|\.\d+)([eE][+-]?\d+)?$")


def read_number(term: Term, text: str) -> float:
    """Return the number that a text stands for.

    Raises:
        QueryError: the text is no number.
    """
    if not NUMBER.match(text):
        raise wrong_value(term, "a number, or a range such as 0.2..0.5", text or "nothing")
    return float(text)


def read_date(term: Term, text: str) -> datetime:
    """Return the date that a text stands for, in local time; a time zone in the text is converted.

    Raises:
        QueryError: the text is no ISO 8601 date.
    """
    try:
        date = datetime.fromisoformat(text)
    except ValueError:
        raise wrong_value(term, "a date such as 2026-05-01 or 2026-05-01T12:30", text or "nothing") from None
    return date.replace(tzinfo=None) if date.tzinfo is None else date.astimezone().replace(tzinfo=None)


def day_after(date: datetime) -> datetime:
    """Return the end of the day that a date without a time stands for; any other date stands for itself."""
    if (date.hour, date.minute, date.second, date.microsecond) != (0, 0, 0, 0) or date.year == MAXYEAR:
        return date
    return date + timedelta(days=1)


def wrong_value(term: Term, expected: str, actual: str, place: tuple[int, int] | None = None) -> QueryError:
    """Return the error for a value that a key cannot have, or with ``place`` for an operator that does not fit it."""
    start, end = place or (term.value_start, term.span[1])
    return QueryError(
        f"“{term.key}” cannot be compared so." if place else f"This is no value of {term.key}.",
        item=term.key[:100],
        expected=expected,
        actual=actual[:100],
        position=start,
        length=max(1, end - start),
    )


def unknown_value(term: Term, what: str, names: Iterable[str], expected: str) -> QueryError:
    """Return the error for a name that a project does not have, with the most similar of those that it has."""
    word = term.value.text
    near = nearest(word, names)
    return QueryError(
        f"There is no {what} “{word[:60]}”.",
        item=word[:100],
        expected=expected[:400],
        actual="an unknown name",
        hint=f"Did you mean “{near}”?" if near else None,
        position=term.value_start,
        length=max(1, term.span[1] - term.value_start),
        near=None if near is None else str(Value.quoted(near)),
    )


def explain_lone_word(store: Store, scope: QueryScope, text: str, error: QueryError) -> QueryError:
    """Add to the error for a word by itself the class, tag or key that it may stand for."""
    if error.actual != "a word by itself" or error.position is None or error.item is None:
        return error
    word = error.item.strip('"').removeprefix("-")
    fields = fields_of(store, scope)
    with store.read() as cursor:
        tags = cursor.execute("SELECT name FROM tag").fetchall()
    names = [*(("class", name) for name in fields.classes), *(("tag", name) for (name,) in tags)]
    start = error.position + error.item.startswith("-")
    rest = text[start:].lstrip('"').casefold()
    similar = next((each for each in names if rest.startswith(each[1].casefold())), None)
    if similar is None and word in {field.key for field in fields.all()}:
        error.hint = f"Compare it with something, such as {word}:VALUE."
        return error
    if similar is not None:  # possibly a name of several words
        error.length = start - error.position + len(similar[1]) + error.item.count('"')
    else:
        near = nearest(word, [name for _, name in names])
        similar = next((each for each in names if each[1] == near), None)
    if similar is not None:
        condition = str(Term(similar[0], ":", Value.quoted(similar[1])))
        error.near = f"not {condition}" if error.item.startswith("-") else condition
        error.hint = f"Did you mean {error.near}?"
    return error
