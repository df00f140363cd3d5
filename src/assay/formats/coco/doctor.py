"""The import doctor: counts what is odd in a source and keeps the first examples."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

import orjson

from assay.project.typed import storable

MOST_EXAMPLES = 5

NO_ANNOTATION = "no_annotation"
"""Noted where a source has annotations and none of them could be taken in."""

MESSAGES = {
    NO_ANNOTATION: "Not one of the annotations could be taken in: the project has images only.",
    # skipped records
    "not_an_object": "Records that are no JSON objects.",
    "missing_image_id": "Annotations without a usable image_id.",
    "missing_category_id": "Annotations without a usable category_id.",
    "unknown_image": "Annotations of an image that the file does not list.",
    "unknown_category": "Annotations of a category that the file does not list.",
    "bbox_malformed": "Annotations whose bbox is not four numbers.",
    "bbox_not_finite": "Annotations whose bbox holds NaN or infinity.",
    "segmentation_malformed": "Annotations whose segmentation is neither polygons nor RLE.",
    "segmentation_not_finite": "Annotations whose segmentation holds NaN or infinity.",
    "file_name_not_utf8": "Image files whose names are not UTF-8 text; rename them to take them in.",
    "image_without_file_name": "Images without a file_name and an id.",
    "category_without_name": "Categories without a name and an id.",
    "not_an_image": "Files that are no images.",
    "row_without_path": "Rows that name no image.",
    "row_too_long": "Rows longer than the header; a cell with a comma in it needs double quotes around it.",
    # warnings
    "faulty_bbox": "Boxes that cannot be used; the annotations are kept with their segmentation or keypoints.",
    "faulty_segmentation": "Segmentations that cannot be used; the annotations are kept with their box or keypoints.",
    "part_of_segmentation": "Segmentations of which a part cannot be used; the rest is.",
    "nested_polygon": "Polygons as lists of points; read as rings.",
    "odd_numbers": "Coordinates as text, true or false, or beyond 2^53; read as numbers.",
    "bbox_negative_size": "Boxes with a negative width or height; kept, they overlap nothing.",
    "duplicate_image_id": "Image ids that occur more than once; all are kept, annotations go to the first.",
    "duplicate_annotation_id": "Annotation ids that occur more than once; all are kept.",
    "duplicate_category_id": "Category ids that occur more than once; annotations go to the first.",
    "duplicate_category_name": "Category names that occur more than once, under other supercategories; they stay "
    "separate classes.",
    "repeated_category": "Categories that repeat an earlier one of the same name; each name is one class here, "
    "while pycocotools keeps different ids apart. Kept.",
    "ids_matched_as_text": 'References that equal an id only as text ("1" and 1); matched, and kept as written. '
    "pycocotools would not match them.",
    "numeric_file_name": "Images whose file_name is a number; read as text.",
    "file_name_from_url": "Images without a file_name; they are called by the path of their URL.",
    "unnamed_image": "Images without a file_name; their annotations can still be worked with.",
    "numeric_category_name": "Categories whose name is a number or truth value; read as text.",
    "unnamed_category": "Categories without a name; they are called by their ids.",
    "duplicate_file_name": "Files that several images name.",
    "missing_id": "Records without an id.",
    "wrapping_folder": "A folder round all others; the folders in it were taken for classes or splits. To have it as "
    "the one class: --no-splits.",
    "folder_beside_splits": "Images in folders beside those of splits, without classes in them; taken in without a "
    "label. If every folder is a class: --no-splits.",
    "split_folder": "Folders beside train, val or test that hold the same classes; taken for splits.",
    "class_like_split": "Folders named like splits, taken for classes. If they are splits: --splits.",
    "image_without_label": "Images without a label.",
    "repeated_path": "Rows that name an image again; it is taken in once, with all of its labels.",
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
    "odd_image_size": "Images whose width or height is no positive whole number; the file's size is used.",
    "box_outside": "Boxes more than 1 px beyond the image.",
    "normalised_coordinates": "Boxes that lie within 0..1: coordinates seem to be shares of the image's size, "
    "not pixels.",
    "off_by_one_categories": "Category ids seem to be off by one.",
    "flat_polygon": "Polygons without their outer list; read as one ring.",
    "odd_area": "Areas that are no finite number; kept, not used.",
    "odd_iscrowd": 'Values of iscrowd other than 0 and 1. Numbers but 0, "1" and "true" are read as crowds, all else '
    "as single objects; pycocotools ignores annotations with any text there. Kept.",
    "annotation_id_zero": "An annotation has the id 0. Here it counts like any other; pycocotools takes a prediction "
    "that matches it for unmatched, so that its AP is lower. Number annotations from 1 to have both agree.",
    "odd_keypoints": "Keypoints that are not finite x, y, v triples; kept, not drawn.",
    "non_finite_attribute": "Free fields that hold NaN or infinity; kept.",
    "missing_section": "Sections that the file lacks.",
    "section_malformed": "Sections that are no array; kept, nothing is read from them.",
    "fields_left_out": "Free fields without a column of their own: beyond the first 500, or with no name or "
    "a very long one. Kept in the records.",
}


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
                "message": MESSAGES[code],
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
