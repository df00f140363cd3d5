"""Records that cannot be used: all are counted, and as many are kept verbatim as a budget allows.

Two bytes of a label file may be such a record, and a file may be large: kept one by one they would take a hundred
times its size.
"""

from __future__ import annotations

import zlib
from array import array
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

import orjson

MOST_RECORDS = 1_000_000
MOST_CHARACTERS = 1 << 29
"""So many records, and characters of them and of what is said of them, are kept of a source."""

NOT_KEPT = "records_not_kept"
"""Noted where there were more."""

_BLOCK_RECORDS = 4_096
_BLOCK_CHARACTERS = 1 << 18
_EXAMPLES = 5
_MOST_DESCRIBED = 3


@dataclass
class Rejected:
    """A record of any section that is kept verbatim, outside the items."""

    section: str
    position: int
    reason: str
    detail: str
    record: str


@dataclass
class Skipped:
    """Records that cannot be used, by reason.

    Attributes:
        reasons: How many for which reason.
        examples: The first of each, told for people.
    """

    reasons: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def note(self, reason: str, detail: str, count: int = 1) -> None:
        """Count records, of which one is an example."""
        self.reasons[reason] += count
        kept = self.examples.setdefault(reason, [])
        if len(kept) < _EXAMPLES:
            kept.append(detail)

    def merge(self, other: Skipped) -> None:
        """Count the records of another, too."""
        for reason, count in other.reasons.items():
            for at, example in enumerate(other.examples[reason]):
                self.note(reason, example, 0 if at else count)


class RejectedRecords:
    """The records of a source that cannot be used; iterated, those that are kept, in the order in which they came.

    Attributes:
        told: All of them by reason, also those that are not kept.
        sections: How many there are of each section, likewise.
        first: Of each section the first one, as reason and detail.
        not_kept: How many were too many to be kept.
    """

    def __init__(self) -> None:
        self.told = Skipped()
        self.sections: Counter[str] = Counter()
        self.first: dict[str, str] = {}
        self.not_kept = 0
        self._first: list[str] = []
        self._section: list[str] = []
        self._reason: list[str] = []
        self._position = array("q")
        self._blocks: list[bytes] = []  # of detail and record of each, packed
        self._waiting: list[tuple[str, str]] = []
        self._waiting_characters = 0
        self._characters = 0

    @property
    def total(self) -> int:
        """How many there are, whether kept or not."""
        return self.sections.total()

    def add(self, rejected: Rejected) -> None:
        """Count a record, and keep it while there is room."""
        section, reason, detail = rejected.section, rejected.reason, rejected.detail
        if section not in self.first:
            self.first[section] = f"{reason}: {detail}"
        self.sections[section] += 1
        self.told.note(reason, detail)
        if len(self._first) < _MOST_DESCRIBED:
            self._first.append(detail)
        size = len(detail) + len(rejected.record)
        if len(self._position) >= MOST_RECORDS or self._characters + size > MOST_CHARACTERS:
            self.not_kept += 1
            return
        self._characters += size
        self._section.append(section)
        self._reason.append(reason)
        self._position.append(rejected.position)
        self._waiting.append((detail, rejected.record))
        self._waiting_characters += size
        if len(self._waiting) >= _BLOCK_RECORDS or self._waiting_characters >= _BLOCK_CHARACTERS:
            self._blocks.append(zlib.compress(orjson.dumps(self._waiting), 1))
            self._waiting, self._waiting_characters = [], 0

    def describe(self) -> str:
        """Return what is said of the first ones; empty where there are none."""
        return "; ".join(self._first)[:300]

    def describe_lost(self, sections: Collection[str]) -> tuple[int, str]:
        """Return how many records of some sections there are, and reason and detail of the first one."""
        given = [section for section in self.first if section in sections]
        return sum(self.sections[section] for section in given), self.first[given[0]] if given else ""

    def __len__(self) -> int:
        return len(self._position)

    def __iter__(self) -> Iterator[Rejected]:
        for batch in self.batches():
            yield from batch

    def batches(self) -> Iterator[list[Rejected]]:
        """Yield those that are kept, some thousand at a time."""
        start = 0
        for texts in self._texts():
            end = start + len(texts)
            heads = zip(self._section[start:end], self._position[start:end], self._reason[start:end], strict=True)
            yield [Rejected(*head, *text) for head, text in zip(heads, texts, strict=True)]
            start = end

    def _texts(self) -> Iterator[list[tuple[str, str]]]:
        for block in self._blocks:
            yield orjson.loads(zlib.decompress(block))
        if self._waiting:
            yield self._waiting
