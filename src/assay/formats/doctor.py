"""The import doctor: counts what is odd in a source and keeps the first examples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import orjson

from assay.formats.rejected import NOT_KEPT
from assay.project.typed import storable
from assay.query.fields import Scope

MOST_EXAMPLES = 5

NO_ANNOTATION = "no_annotation"
"""Noted where a source has annotations and none of them could be taken in."""

MESSAGES: dict[str, str] = {
    NO_ANNOTATION: "Not one of the annotations could be taken in: the project has images only.",
    NOT_KEPT: "Skipped records beyond the first million, or the first 512 MB of them: counted, but not kept for an "
    "export.",
    "file_name_not_utf8": "Image files whose names are not UTF-8 text; rename them to take them in.",
    "not_an_image": "Files that are no images.",
    "duplicate_image_id": "Image ids that occur more than once; all are kept, annotations go to the first.",
    "missing_file": "Image files that are missing; their annotations can still be worked with.",
    "ambiguous_file": "Names that fit several files, or a file that another name fits as well or better; they count "
    "as missing.",
    "file_found_elsewhere": "Files found by the end of their names, in other folders than the names say. See if "
    "they are the right ones.",
    "percent_encoded_name": "Names that equal their files' only with percent signs decoded (%20 is a space).",
    "name_in_other_case": "Names that equal their files' only without regard to capitals.",
    "name_without_extension": "Names without an extension; the one file that is called so otherwise was taken.",
    "file_outside": "Image files outside the images folder; they are not read.",
    "damaged_file": "Image files that end early; the lower part of the picture is lost.",
    "unreadable_file": "Image files that cannot be read.",
    "size_mismatch": "Images whose declared size is neither the file's nor its rotated size; coordinates are scaled "
    "for drawing.",
    "embedded_picture": "Pictures that lie in the labels only; they were written into the project.",
    "fields_left_out": "Free fields without a column of their own: beyond the first 500, or with no name or "
    "a very long one. Kept in the records.",
}
"""What each code means: these may be said of every source; :func:`add_messages` adds what only a format says."""

FOUND_BY: dict[str, tuple[Scope, str]] = {
    "missing_file": ("image", "status:missing"),
    "unreadable_file": ("image", "status:unreadable"),
    "damaged_file": ("image", "damaged:true"),
    "size_mismatch": ("image", "size_mismatch:true"),
    "box_outside": ("annotation", "fault.outside:true"),
    "bbox_negative_size": ("annotation", "fault.negative_box:true"),
    "faulty_bbox": ("annotation", "fault.box:true"),
    "faulty_segmentation": ("annotation", "fault.segmentation:true"),
    "part_of_segmentation": ("annotation", "fault.part_of_segmentation:true"),
    "odd_keypoints": ("annotation", "fault.keypoints:true"),
    "odd_numbers": ("annotation", "fault.numbers:true"),
}
"""Scope and query that find the items of a code, where they have become items and something tells them."""


def add_messages(messages: Mapping[str, str]) -> None:
    """Add a format's codes and sentences.

    Raises:
        ValueError: another format says something else under one of the codes.
    """
    for code, sentence in messages.items():
        if MESSAGES.setdefault(code, sentence) != sentence:
            raise ValueError(f"two formats tell {code} differently")


@dataclass
class Doctor:
    """Collects findings: a count and the first few examples for every code."""

    counts: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)
    skipped_codes: set[str] = field(default_factory=set)

    def note(self, code: str, example: str, count: int = 1, *, skipped: bool = False) -> None:
        """Count an oddity; keep the example while there are few."""
        self.counts[code] = self.counts.get(code, 0) + count
        kept = self.examples.setdefault(code, [])
        if len(kept) < MOST_EXAMPLES:
            kept.append(storable(example))
        if skipped:
            self.skipped_codes.add(code)

    def count(self, code: str, count: int) -> None:
        """Count oddities whose examples were noted."""
        if count:
            self.counts[code] = self.counts.get(code, 0) + count

    def report(self) -> list[dict[str, Any]]:
        """Return the findings: that all is lost, then skipped records, most frequent first, then warnings."""
        order = sorted(self.counts, key=lambda c: (c != NO_ANNOTATION, c not in self.skipped_codes, -self.counts[c], c))
        return [
            {
                "code": code,
                "severity": "skipped" if code in self.skipped_codes else "warning",
                "count": self.counts[code],
                "message": MESSAGES.get(code, f"{code.replace('_', ' ').capitalize()}."),  # of a format that is gone
                "examples": self.examples[code],
            }
            for code in order
        ]

    def describe_loss(self, file: str) -> str | None:
        """Return a sentence about a source whose annotations could none be taken in, or None."""
        if NO_ANNOTATION not in self.counts:
            return None
        examples = "; ".join(self.examples[NO_ANNOTATION][:1])
        return f"Not one of the {self.counts[NO_ANNOTATION]:,} annotations of {file} could be taken in ({examples})."

    @property
    def skipped(self) -> dict[str, int]:
        """How many records were left out, by reason."""
        return {code: self.counts[code] for code in self.counts if code in self.skipped_codes}

    def clear(self, code: str) -> None:
        """Forget a finding."""
        self.counts.pop(code, None)
        self.examples.pop(code, None)

    def merge(self, other: Doctor) -> None:
        """Take over the findings of another source."""
        for code, count in other.counts.items():
            examples = other.examples.get(code, [])
            self.note(code, "", 0, skipped=code in other.skipped_codes)
            self.counts[code] += count
            self.examples[code] = [e for e in (*self.examples[code], *examples) if e][:MOST_EXAMPLES]

    def dump(self) -> str:
        """Return the findings as JSON, for storing."""
        return orjson.dumps(
            {"counts": self.counts, "examples": self.examples, "skipped": sorted(self.skipped_codes)}
        ).decode()

    @classmethod
    def load(cls, text: str) -> Self:
        """Return the findings that :meth:`dump` wrote."""
        content = orjson.loads(text)
        return cls(content["counts"], content["examples"], set(content["skipped"]))
