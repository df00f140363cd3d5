"""Read XML of any size element by element; a document that declares entities, as bombs do, is refused."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree.ElementTree import Element
from xml.parsers import expat

from assay.errors import InputError
from assay.media.reading import greatest_label_file, open_image
from assay.stopping import poll

_BLOCK = 1 << 16
_MOST_DEPTH = 60
_MOST_ELEMENTS = 2_000_000  # that are in memory together
_MOST_TEXT = 1 << 28  # bytes of one element's text


class _Refused(Exception):  # noqa: N818 - it leaves this file as an InputError
    """Why a document is not read."""


def read_elements(path: Path, report: Callable[[int, int], None] = lambda _done, _total: None) -> Iterator[Element]:
    """Yield the document's element, without what is in it, then each of its children, whole, in their order.

    A child is no longer held when the next is asked for.

    Args:
        path: The file.
        report: Called now and then with bytes done and bytes in all.

    Raises:
        InputError: it cannot be read, is no well-formed XML, declares entities, or is nested too deeply.
    """
    builder = _Builder()
    parser = builder.parser
    try:
        with open_image(path) as (descriptor, found):
            done, size = 0, _BLOCK
            while True:
                seen, block = builder.seen, os.read(descriptor, size)
                parser.Parse(block, not block)
                done += len(block)
                yield from builder.take()
                if not block:
                    break
                builder.check(len(block))
                size = _BLOCK if builder.seen > seen else 2 * size  # a long token is looked at again from its start
                report(done, found.st_size)
                poll()
    except (OSError, expat.ExpatError, _Refused, ValueError, LookupError) as error:
        raise InputError(
            "The XML file cannot be read.",
            item=str(path)[:300],
            expected="well-formed XML without entities of its own",
            actual=str(error)[:200],
        ) from error


class _Builder:
    """Puts together the children of the document's element."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.EntityDeclHandler = self._refuse
        self.parser.ExternalEntityRefHandler = self._refuse
        self._open: list[Element] = []
        self._done: list[Element] = []
        self._parts: list[str] = []
        self._length = 0
        self._held = 0  # elements since the last was complete
        self._bytes = 0
        self.seen = 0  # how often anything was found

    def check(self, count: int) -> None:
        """Note that so many bytes were read, and refuse a child of the document's element that is too large."""
        self._bytes += count
        if self._bytes > greatest_label_file() or self._held > _MOST_ELEMENTS:
            raise _Refused(f"one element of over {self._bytes:,} bytes, {self._held:,} elements in it")

    def take(self) -> list[Element]:
        """Return the elements that are complete, and forget them."""
        done, self._done = self._done, []
        if done:
            self._held = self._bytes = 0
        return done

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= _MOST_DEPTH:
            raise _Refused(f"more than {_MOST_DEPTH} levels at line {self.parser.CurrentLineNumber}")
        self._close_text()
        self._held += 1
        self.seen += 1
        element = Element(tag.rpartition("}")[2], attributes)
        if len(self._open) > 1:
            self._open[-1].append(element)
        elif not self._open:
            self._done.append(Element(element.tag, attributes))
        self._open.append(element)

    def _end(self, _tag: str) -> None:
        self._close_text()
        element = self._open.pop()
        if len(self._open) == 1:
            self._done.append(element)

    def _text(self, text: str) -> None:
        self.seen += 1
        if len(self._open) > 1:
            self._length += len(text)
            if self._length > _MOST_TEXT:
                raise _Refused(f"a text of more than {_MOST_TEXT:,} characters")
            self._parts.append(text)

    def _close_text(self) -> None:
        """Give the text before a child, or all of it, to its element; what stands between children is left out."""
        if self._parts and not len(self._open[-1]):
            self._open[-1].text = "".join(self._parts)
        self._parts, self._length = [], 0

    def _refuse(self, *_told: object) -> int:
        raise _Refused(f"an entity is declared at line {self.parser.CurrentLineNumber}")
