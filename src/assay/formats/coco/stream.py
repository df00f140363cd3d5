"""Read a large JSON object in bounded chunks.

The file is mapped into memory and its top-level arrays are handed out as lists of a few hundred parsed
elements at a time, so that memory stays a small multiple of the chunk, not of the file (parsing the whole of
train2017's annotations at once takes nine times the file's size).

A chunk is cut at the last ``}, {`` of a window. Such a cut may lie inside a nested array or a string; then the
text before it is no valid sequence of elements, parsing fails, and a cut further ahead is tried. After a few, an
exact scan of the window finds the true boundaries. A cut that parses is a true boundary: the tokens of a JSON
text are determined from its start.
"""

from __future__ import annotations

import json
import mmap
import re
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.errors import InputError
from assay.formats.json_text import parse
from assay.formats.label_text import too_large
from assay.media.reading import greatest_label_file, open_image
from assay.stopping import stoppable

_CUT = re.compile(rb"\}\s*,\s*(?=\{)")
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{},"]', re.DOTALL)  # a lone quote: a string that does not end
_SPACE = re.compile(rb"[ \t\r\n]*")
_SCALAR = re.compile(rb"[^\s,\]}]+")
_ENDLESS_NUMBER = re.compile(rb"[0-9]{4301,}")  # Python refuses to convert these
_TAIL = 1 << 16
_CUTS_TRIED = 8
_PIECE = 1 << 24  # of a file that is looked through
WINDOW = 1 << 16  # what is parsed from it stays in the processor's cache: half the time of a megabyte


@dataclass(frozen=True)
class Chunk:
    """Some consecutive elements of a top-level array.

    Attributes:
        key: The array's key.
        first: Position of the first element in the array.
        elements: The parsed elements.
        start, end: The byte range that the elements were parsed from.
    """

    key: str
    first: int
    elements: list[Any]
    start: int
    end: int


@dataclass
class _Scan:
    """How far an array's elements have been looked through: the offset, and how many brackets are open there."""

    at: int
    depth: int = 0


@dataclass(frozen=True)
class Value:
    """A top-level value that is not one of the arrays asked for."""

    key: str
    value: Any


class JsonStream:
    """A JSON object on disk, read in one pass."""

    def __init__(self, path: Path, arrays: set[str], *, window: int = WINDOW) -> None:
        self.path = path
        self._arrays = arrays
        self._window = window
        self.bytes_done = 0
        try:
            if path.is_dir():
                raise InputError(
                    "The annotation file is a folder.", item=str(path), expected="a JSON file", actual="a folder"
                )
            with open_image(path, expected="a JSON file") as (descriptor, found):
                self.size = found.st_size
                self._data: Any = mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) if self.size else b""
        except FileNotFoundError as error:
            raise InputError(
                "The annotation file does not exist.",
                item=str(path),
                expected="a JSON file",
                actual="nothing there",
            ) from error
        except OSError as error:
            raise InputError(
                "The annotation file cannot be read.",
                item=str(path),
                expected="a readable JSON file",
                actual=error.strerror or str(error),
            ) from error
        if not self.size:
            raise InputError(
                "The annotation file is empty.", item=str(path), expected="a JSON object", actual="0 bytes"
            )

    def close(self) -> None:
        """Release the file."""
        if not isinstance(self._data, bytes):
            with suppress(BufferError):  # a scan that was stopped still looks at it, and lets go with its error
                self._data.close()

    def parts(self) -> Iterator[Chunk | Value]:
        """Yield the object's values in the file's order: the named arrays in chunks, all else whole.

        Raises:
            InputError: the text is not a JSON object; the message has line and column.
        """
        at = 3 if self._data[:3] == b"\xef\xbb\xbf" else 0
        at = self._skip(at)
        if self._data[at : at + 1] != b"{":
            raise self._refuse_top_level(at)
        at = self._skip(at + 1)
        if self._data[at : at + 1] == b"}":
            self._expect_end(at + 1)
            return
        keys: set[str] = set()
        while True:
            start = at
            key, at = self._read_key(at)
            if key in keys:
                raise self._malformed(start, f"the key {key!r} for the second time", "every key once")
            keys.add(key)
            if key in self._arrays and self._data[at : at + 1] == b"[":
                at = yield from self._read_array(key, at)
            else:
                end = self._value_end(at)
                yield Value(key, self._parse(at, end))
                at = end
            at = self._skip(at)
            mark = self._data[at : at + 1]
            if mark == b"}":
                self._expect_end(at + 1)
                return
            if mark != b",":
                raise self._malformed(at, "expected ',' or '}' after a value")
            at = self._skip(at + 1)

    def elements(self) -> Iterator[Chunk]:
        """Yield the elements of a file that is one array, in chunks.

        Raises:
            InputError: the text is not a JSON array; the message has line and column.
        """
        at = self._skip(3 if self._data[:3] == b"\xef\xbb\xbf" else 0)
        if self._data[at : at + 1] != b"[":
            raise self._refuse_results(at)
        end = yield from self._read_array("", at)
        self._expect_end(end)

    def reread(self, start: int, end: int) -> list[Any]:
        """Parse the elements of an earlier chunk's byte range again."""
        elements: list[Any] = self._parse_elements(start, end)
        return elements

    # ------------------------------------------------------------ pieces

    def _skip(self, at: int) -> int:
        match = _SPACE.match(self._data, at)
        return match.end() if match else at

    def _read_key(self, at: int) -> tuple[str, int]:
        match = _TOKEN.match(self._data, at, self._reach(at))
        if not match or self._data[match.start()] != 0x22:
            raise self._malformed(at, "expected a key in double quotes")
        key = self._parse(at, match.end())
        at = self._skip(match.end())
        if self._data[at : at + 1] != b":":
            raise self._malformed(at, "expected ':' after a key")
        return key, self._skip(at + 1)

    def _read_array(self, key: str, at: int) -> Generator[Chunk, None, int]:
        """Yield the array that opens at ``at``; return the offset after it (as the generator's value)."""
        at = self._skip(at + 1)
        if self._data[at : at + 1] == b"]":
            yield Chunk(key, 0, [], at, at)
            return at + 1
        first = 0
        window, scan = self._window, _Scan(at)
        while True:
            end, elements, closed = self._next_elements(at, window, scan)
            if elements is None:
                if at + window >= self.size:
                    raise self._unclosed(at)
                self._refuse_zeros(at, at + window)
                window *= 2
                if window > 2 * greatest_label_file():
                    raise self._too_large(at)
                continue
            if not elements:
                raise self._malformed(at, "expected a value")
            window = self._window
            yield Chunk(key, first, elements, at, end)
            first += len(elements)
            self.bytes_done = end
            at = self._skip(end)
            mark = self._data[at : at + 1]
            if closed and mark == b"]":
                return at + 1
            if mark != b",":
                raise self._malformed(at, "expected ',' or ']' after a value")
            at = self._skip(at + 1)
            if self._data[at : at + 1] == b"]":
                raise self._malformed(at, "expected a value after ','")
            scan = _Scan(at)

    def _next_elements(self, at: int, window: int, scan: _Scan) -> tuple[int, list[Any] | None, bool]:
        """Return (end, elements, whether the array closes there) for the window at ``at``.

        Args:
            at: Where the elements start.
            window: So many bytes are looked at.
            scan: How far a smaller window has been scanned, which goes on: an element may be as large as the file.
        """
        stop = min(at + window, self.size)
        if stop < self.size and scan.at == at:
            cuts = [match.start() + 1 for match in _CUT.finditer(self._data, max(at, stop - _TAIL), stop)]
            for cut in cuts[: -_CUTS_TRIED - 1 : -1]:
                try:
                    return cut, parse(b"[" + self._data[at:cut] + b"]"), False
                except (ValueError, RecursionError):
                    continue  # the cut lies inside an element, the array ends before it, or the text is malformed
        end, closed = self._scan_elements(scan, stop)
        if end is None:
            return at, None, False
        return end, self._parse_elements(at, end), closed

    def _scan_elements(self, scan: _Scan, stop: int) -> tuple[int | None, bool]:
        """Find the end of the last whole element before ``stop``, or of the array, token by token."""
        last: int | None = None
        for match in stoppable(_TOKEN.finditer(self._data, scan.at, stop)):
            token = self._data[match.start()]
            if token == 0x22 and match.end() - match.start() == 1:
                scan.at = match.start()
                break  # the window ends inside this string
            scan.at = match.end()
            if token in b"[{":
                scan.depth += 1
            elif token in b"]}":
                if scan.depth == 0:
                    return match.start(), True
                scan.depth -= 1
            elif token == 0x2C and scan.depth == 0:
                last = match.start()
        return last, False

    def _value_end(self, at: int) -> int:
        stop = self._reach(at)
        if self._data[at : at + 1] not in (b"{", b"["):
            pattern = _TOKEN if self._data[at : at + 1] == b'"' else _SCALAR
            match = pattern.match(self._data, at, stop)
            if not match:
                raise self._malformed(at, "expected a value")
            return match.end()
        depth = 0
        for match in stoppable(_TOKEN.finditer(self._data, at, stop)):
            token = self._data[match.start()]
            if token == 0x22 and match.end() - match.start() == 1:
                break  # the file ends inside this string
            if token in b"[{":
                depth += 1
            elif token in b"]}":
                depth -= 1
                if depth == 0:
                    return match.end()
        if stop < self.size:
            raise self._too_large(at)
        raise self._unclosed(at)

    def _reach(self, at: int) -> int:
        """Return where a key or value that begins at ``at`` ends at the latest."""
        stop = min(at + greatest_label_file(), self.size)
        self._refuse_zeros(at, min(at + WINDOW, stop))
        return stop

    def _refuse_zeros(self, at: int, stop: int) -> None:
        """Refuse zero bytes, which no JSON has, before patterns are held against gigabytes of them."""
        zero = self._data.find(b"\0", at, stop)
        if zero >= 0:
            raise self._malformed(zero, "a zero byte")

    def _too_large(self, at: int) -> InputError:
        return too_large(f"{self.path}, from byte {at:,} on", self.size - at)

    def _parse_elements(self, start: int, end: int) -> Any:
        return self._parse(start, end, b"[", b"]")

    def _parse(self, start: int, end: int, before: bytes = b"", after: bytes = b"") -> Any:
        text = self._data[start:end]
        try:
            return parse(before + text + after)
        except UnicodeDecodeError as error:
            raise self._malformed(start + error.start - len(before), "not valid UTF-8") from error
        except json.JSONDecodeError as error:
            offset = len(error.doc[: error.pos].encode()) - len(before)
            if start + offset >= self.size:
                raise self._truncated() from error
            raise self._malformed(start + offset, error.msg) from error
        except RecursionError as error:
            raise self._malformed(start, "nested too deeply") from error
        except ValueError as error:
            number = _ENDLESS_NUMBER.search(text)
            raise self._malformed(start + (number.start() if number else 0), "a number with too many digits") from error

    def _expect_end(self, at: int) -> None:
        at = self._skip(at)
        self.bytes_done = self.size
        if at < self.size:
            raise self._malformed(at, "unexpected text after the end of the object")

    # ------------------------------------------------------------ errors

    def _refuse_top_level(self, at: int) -> InputError:
        if self._data[at : at + 1] == b"[":
            return InputError(
                "This is not a COCO dataset file.",
                item=str(self.path),
                expected="a JSON object with images, annotations and categories",
                actual="a JSON array",
                hint="A COCO results file, an array of detections, holds predictions; a dataset also lists its images.",
            )
        if self._data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return self._malformed(0, "UTF-16 text", "UTF-8 text")
        return self._malformed(at, "expected '{' at the start of a JSON object")

    def _refuse_results(self, at: int) -> InputError:
        found = self._data[at : at + 1]
        if found != b"{":
            return self._malformed(at, "expected '[' at the start of a JSON array")
        return InputError(
            "This is not a COCO results file.",
            item=str(self.path),
            expected="a JSON array of detections",
            actual="a JSON object",
            hint="An object with images and annotations is a dataset: import it with `assay import project --coco`.",
        )

    def _unclosed(self, start: int) -> InputError:
        """Return the error of a text whose brackets do not close: where the parser stumbles, else its end."""
        if self.size - start > greatest_label_file():
            return self._truncated()  # where it stumbles would take the memory of the whole
        text = self._data[start:].decode("utf-8", "surrogateescape")
        try:
            json.loads("[" + text)
        except json.JSONDecodeError as error:
            offset = len(error.doc[1 : error.pos].encode("utf-8", "surrogateescape"))
            if start + offset < self.size:
                return self._malformed(start + offset, error.msg)
        except RecursionError:
            return self._malformed(start, "nested too deeply")
        except ValueError:
            return self._malformed(start, "a number with too many digits")
        return self._truncated()

    def _truncated(self) -> InputError:
        return self._malformed(self.size, "the file ends in the middle of a value; it may be truncated")

    def _malformed(self, at: int, reason: str, expected: str = "valid JSON") -> InputError:
        line_start = self._data.rfind(b"\n", 0, at) + 1
        pieces = range(0, line_start, _PIECE)
        line = sum(self._data[start : min(start + _PIECE, line_start)].count(b"\n") for start in pieces) + 1
        if at - line_start <= _PIECE:
            column = len(self._data[line_start:at].decode("utf-8-sig", "replace")) + 1
        else:
            column = at - line_start + 1  # in bytes: nobody counts so many characters
        return InputError(
            f"The annotation file cannot be read as JSON: line {line}, column {column}.",
            item=f"{self.path}:{line}:{column}",
            expected=expected,
            actual=reason,
        )
