"""Text to tree. The grammar is here; what the names in it mean is not."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken, VisitError

from assay.errors import QueryError
from assay.query.tree import (
    BARE_KEY,
    BARE_WORD,
    EVERYTHING,
    Node,
    Not,
    Operator,
    Search,
    Term,
    Value,
    conjunction,
    disjunction,
)

MOST_CHARACTERS = 10_000
MOST_NESTED = 100
_KEPT = 256

_GRAMMAR = rf"""
start: disjunction?
?disjunction: conjunction (_OR conjunction)*
?conjunction: negation (_AND? negation)*
?negation: (_NOT | _MINUS) negation -> negate
    | "(" disjunction ")"
    | term
    | search
term: (KEY | STRING) OPERATOR (WORD | STRING)
search: _TILDE STRING

_OR.3: /or(?=[\s(]|$)/i
_AND.3: /and(?=[\s(]|$)/i
_NOT.3: /not(?=[\s(]|$)/i
_MINUS: "-"
_TILDE: "~"
KEY: /{BARE_KEY}/
OPERATOR: /<=|>=|[:<>=]/
WORD: /{BARE_WORD}/
STRING: /"(?:[^"\\]|\\.)*"/s
%ignore /\s+/
"""
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_NAMES = {
    "KEY": "a condition such as class:person",
    "STRING": "a condition such as class:person",
    "_NOT": "a condition such as class:person",
    "_MINUS": "a condition such as class:person",
    "_TILDE": "a condition such as class:person",
    "LPAR": "a condition such as class:person",
    "OPERATOR": "one of : < <= > >= after the key",
    "WORD": "a value",
    "RPAR": "a closing parenthesis",
    "$END": "the end",
    "_OR": "or",
}
_PREFERRED = ("OPERATOR", "WORD", "RPAR", "KEY")


@lru_cache(maxsize=_KEPT)  # of a page, every bin and every number narrows the same query
def parse(text: str) -> Node:
    """Return the tree of a query's text; the empty text is everything.

    Raises:
        QueryError: it is no query; tells the position, what stands there and what was expected.
    """
    if len(text) > MOST_CHARACTERS:
        raise QueryError(
            "The query is too long.",
            item=text[:60],
            expected=f"at most {MOST_CHARACTERS:,} characters",
            actual=f"{len(text):,}",
        )
    try:
        tree: Any = _parser().parse(text)
    except UnexpectedInput as error:
        raise _explain(text, error) from None
    except VisitError as error:
        if isinstance(error.orig_exc, QueryError):
            raise error.orig_exc from None
        raise
    return EVERYTHING if tree is None else tree


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", lexer="contextual", transformer=_Builder(), propagate_positions=False)


def _text(token: Token) -> str:
    return _ESCAPE.sub(r"\1", token[1:-1]) if token.type == "STRING" else str(token)


class _Builder(Transformer[Token, Node]):
    """Makes nodes while the parser runs, so that no recursion is as deep as the query."""

    def __init__(self) -> None:
        super().__init__()

    @v_args(inline=True)
    def start(self, tree: Node | None = None) -> Node | None:
        return tree

    def disjunction(self, children: list[Node]) -> Node:
        return _shallow(disjunction(children))

    def conjunction(self, children: list[Node]) -> Node:
        return _shallow(conjunction(children))

    @v_args(inline=True)
    def negate(self, child: Node) -> Node:
        return _shallow(Not(child))

    @v_args(inline=True)
    def term(self, key: Token, operator: Token, value: Token) -> Term:
        kind: Operator = ":" if operator == "=" else str(operator)  # type: ignore[assignment]
        word = Value.quoted(_text(value)) if value.type == "STRING" else Value(str(value))
        return Term(_text(key), kind, word, (key.start_pos or 0, value.end_pos or 0), value.start_pos or 0)

    @v_args(inline=True)
    def search(self, words: Token) -> Search:
        return Search(_text(words), ((words.start_pos or 1) - 1, words.end_pos or 0))


def _shallow(node: Node) -> Node:
    """Return the node, unless it is nested deeper than anything that walks it should have to go."""
    level, depth = [node], 0
    while level:
        depth += 1
        if depth > MOST_NESTED:
            raise QueryError(
                "The query is nested too deeply.", item="query", expected=f"at most {MOST_NESTED} levels", actual="more"
            )
        level = [child for each in level for child in _children(each)]
    return node


def _children(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Term | Search):
        return ()
    return (node.child,) if isinstance(node, Not) else node.children


def _explain(text: str, error: UnexpectedInput) -> QueryError:
    """Return the error that a person can act on."""
    if isinstance(error, UnexpectedToken):
        token, expected = error.token, error.accepts or error.expected
        position = len(text.rstrip()) if token.type == "$END" else (token.start_pos or 0)
        word = "" if token.type == "$END" else str(token)
    else:
        assert isinstance(error, UnexpectedCharacters)  # noqa: S101 - lark has no third kind here
        expected, position = error.allowed, error.pos_in_stream or 0
        word = re.match(r"\S+", text[position:])[0] if text[position:].strip() else ""  # type: ignore[index]
    names = [name for name in (*_PREFERRED, *sorted(expected)) if name in expected and name in _NAMES]
    before = text[:position].rstrip()
    bare = re.search(rf"(?:^|[\s(])(-?{BARE_KEY}|\"(?:[^\"\\]|\\.)*\")$", before)
    if bare and "OPERATOR" in expected:  # a word by itself: the fault is the word, not what follows it
        start = bare.start(1)
        return QueryError(
            f"“{bare[1][:60]}” is not a condition.",
            item=bare[1][:100],
            expected="a key and a value, such as class:person or brightness<0.2",
            actual="a word by itself",
            position=start,
            length=position - start - (len(text[:position]) - len(before)),
        )
    if word.startswith('"'):
        message = "A quotation mark is not closed."
    elif word:
        message = f"The query cannot be read at “{word[:40]}”."
    else:
        message = "The query ends too early."
    return QueryError(
        message,
        item=word[:100] or text[-40:],
        expected=_NAMES[names[0]] if names else "another word",
        actual=word[:100] or "the end of the query",
        position=position,
        length=max(1, len(word)),
    )
