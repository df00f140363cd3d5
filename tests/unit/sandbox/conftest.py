"""Scenes and sandboxes that several tests look at and none changes."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from assay.sandbox import SANDBOXES, SandboxFiles, SandboxSpec, generate
from assay.sandbox.render import render_scene
from assay.sandbox.truth import Scene

TABLETOP = SANDBOXES["tabletop"]
NO_ERRORS = {
    "duplicate_share": 0.0,
    "wrong_class_share": 0.0,
    "missing_share": 0.0,
    "badly_located_share": 0.0,
    "spurious_share": 0.0,
    "invalid_share": 0.0,
    "wrong_label_share": 0.0,
    "exact_copy_share": 0.0,
    "near_copy_share": 0.0,
    "broken_track_share": 0.0,
    "flip_share": 0.0,
    "gap_share": 0.0,
}


@dataclass(frozen=True)
class Made:
    """A sandbox on disk, read back."""

    spec: SandboxSpec
    files: SandboxFiles

    @cached_property
    def content(self) -> dict[str, Any]:
        return json.loads(self.files.annotations_file.read_bytes())

    @cached_property
    def errors(self) -> list[dict[str, Any]]:
        return json.loads(self.files.known_errors_file.read_bytes())

    @cached_property
    def images(self) -> dict[int, dict[str, Any]]:
        return {image["id"]: image for image in self.content["images"]}

    @cached_property
    def annotations(self) -> dict[int, dict[str, Any]]:
        return {annotation["id"]: annotation for annotation in self.content["annotations"]}

    @cached_property
    def names(self) -> dict[int, str]:
        return {category["id"]: category["name"] for category in self.content["categories"]}

    @cached_property
    def by_image(self) -> dict[int, list[dict[str, Any]]]:
        found = defaultdict(list)
        for annotation in self.content["annotations"]:
            found[annotation["image_id"]].append(annotation)
        return found

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        """Return the known errors of a type."""
        return [error for error in self.errors if error["type"] == kind]

    def flagged(self, kind: str) -> set[int]:
        """Return the ids of the annotations that are known to have an error of a type."""
        return {error["annotation_id"] for error in self.of_type(kind)}

    def size(self, image_id: int) -> tuple[int, int]:
        """Return height and width of an image."""
        return self.images[image_id]["height"], self.images[image_id]["width"]

    def picture(self, image_id: int) -> Path:
        """Return the file of an image."""
        return self.files.images_dir / self.images[image_id]["file_name"]


def make(spec: SandboxSpec, folder: Path, **options: Any) -> Made:
    """Make a sandbox."""
    return Made(spec, generate(spec, folder, **options))


@pytest.fixture(scope="session")
def scenes() -> list[Scene]:
    """The first 120 scenes of the tabletop sandbox."""
    return [render_scene(TABLETOP, index) for index in range(120)]


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Forty scenes with many errors of every kind."""
    spec = replace(
        TABLETOP,
        images=40,
        seed=3,
        duplicate_share=0.08,
        wrong_class_share=0.06,
        missing_share=0.06,
        badly_located_share=0.08,
        spurious_share=0.05,
        invalid_share=0.06,
        exact_copy_share=0.12,
        near_copy_share=0.15,
    )
    return make(spec, tmp_path_factory.mktemp("planted"))
