"""A query as a tree, and the tree as text again.

The tree is syntax only: which key names what, and what a value means for it, is decided where it is compiled.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

Operator = Literal[":", "<", "<=", ">", ">="]

BARE_WORD = r'[^\s()"]+'
BARE_KEY = r'[^\W\d][^\s()":<>=~!]*'
_KEYWORDS = frozenset(("and", "or", "not"))
_BARE_WORD, _BARE_KEY = re.compile(BARE_WORD), re.compile(BARE_KEY)

NULL, ANY = "null", "*"
_RANGE = ".."


@dataclass(frozen=True)
class Value:
    """What a key is compared with.

    Attributes:
        text: The word, without quotes.
        literal: Whether ``null``, ``*`` or ``..`` in it is only text, since it stood in quotes.
    """

    text: str
    literal: bool = False

    @classmethod
    def quoted(cls, text: str) -> Value:
        """Return the value of a word in quotes."""
        return cls(text, literal=text in (NULL, ANY) or _RANGE in text)

    def __str__(self) -> str:
        # after "<" a word that begins with "=" would be read as a part of the operator
        bare = _BARE_WORD.fullmatch(self.text) and not self.text.startswith("=")
        return self.text if bare and not self.literal else _quote(self.text)


@dataclass(frozen=True)
class Term:
    """One comparison, ``key:value``.

    Attributes:
        span: Begin and end of the term in the text that it was read from; not part of its meaning.
        value_start: Begin of the value in that text.
    """

    key: str
    operator: Operator
    value: Value
    span: tuple[int, int] = field(default=(0, 0), compare=False)
    value_start: int = field(default=0, compare=False)

    def __str__(self) -> str:
        bare = _BARE_KEY.fullmatch(self.key) and self.key.lower() not in _KEYWORDS
        return f"{self.key if bare else _quote(self.key)}{self.operator}{self.value}"


@dataclass(frozen=True)
class Search:
    """Free words that an encoder looks for, ``~"two people on one surfboard"``."""

    words: str
    span: tuple[int, int] = field(default=(0, 0), compare=False)

    def __str__(self) -> str:
        return f"~{_quote(self.words)}"


@dataclass(frozen=True)
class Not:
    """The exact complement of a query."""

    child: Node

    def __str__(self) -> str:
        return f"not {_enclose(self.child, And, Or)}"


@dataclass(frozen=True)
class And:
    """All of some queries; without any, everything."""

    children: tuple[Node, ...]

    def __str__(self) -> str:
        return " ".join(_enclose(child, Or) for child in self.children)


@dataclass(frozen=True)
class Or:
    """Any of some queries."""

    children: tuple[Node, ...]

    def __str__(self) -> str:
        return " or ".join(map(str, self.children))


Node = Term | Search | Not | And | Or
EVERYTHING = And(())


def conjunction(children: list[Node]) -> Node:
    """Return the query that all of some queries make, without conjunctions in conjunctions."""
    flat = tuple(_flatten(children, And))
    return flat[0] if len(flat) == 1 else And(flat)


def disjunction(children: list[Node]) -> Node:
    """Return the query that any of some queries makes, without disjunctions in disjunctions."""
    flat = tuple(_flatten(children, Or))
    return flat[0] if len(flat) == 1 else Or(flat)


def parts(tree: Node) -> tuple[Node, ...]:
    """Return the queries that all hold where the tree does: the conditions at its top."""
    return tree.children if isinstance(tree, And) else (tree,)


def replace_terms(tree: Node, change: Callable[[Term], Term]) -> Node:
    """Return a tree in which every comparison is what ``change`` makes of it."""
    if isinstance(tree, Term):
        return change(tree)
    if isinstance(tree, Not):
        return Not(replace_terms(tree.child, change))
    if isinstance(tree, And | Or):
        return type(tree)(tuple(replace_terms(child, change) for child in tree.children))
    return tree


def write_part(node: Node) -> str:
    """Return a query's text as it stands among others that all hold."""
    return _enclose(node, Or)


def terms(tree: Node) -> Iterator[Term | Search]:
    """Yield every comparison of a tree, from left to right."""
    if isinstance(tree, Term | Search):
        yield tree
    elif isinstance(tree, Not):
        yield from terms(tree.child)
    else:
        for child in tree.children:
            yield from terms(child)


def _flatten(children: list[Node], kind: type[And | Or]) -> Iterator[Node]:
    for child in children:
        if isinstance(child, kind):
            yield from child.children
        else:
            yield child


def _enclose(node: Node, *kinds: type[Node]) -> str:
    return f"({node})" if isinstance(node, kinds) else str(node)


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
