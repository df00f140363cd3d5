"""The same spec and seed give the same bytes, however the work is divided; another seed gives others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.unit.sandbox.conftest import make

from assay.sandbox import SANDBOXES, SandboxFiles, generate
from assay.sandbox.render import render_scene
from assay.workers import InlineExecutor, LocalExecutor

SPECS = [
    replace(SANDBOXES["tabletop"], images=12, seed=3, exact_copy_share=0.2, near_copy_share=0.2),
    replace(SANDBOXES["tabletop-classification"], images=12, seed=3, exact_copy_share=0.2, near_copy_share=0.2),
    replace(SANDBOXES["tabletop-video"], images=28, seed=3, sequence_frames=14, broken_track_share=0.5),
]


def contents(files: SandboxFiles) -> dict[str, bytes]:
    root = files.images_dir.parent
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def noting(used, run):
    """Return `run` of an executor, which notes what runs."""

    def noted(self, *arguments):
        used.append((type(self).__name__, self.workers))
        return run(self, *arguments)

    return noted


class Backwards(InlineExecutor):
    """Runs the last batch first."""

    def run(self, task, batches):
        return super().run(task, list(batches)[::-1])


@pytest.fixture(scope="module", params=SPECS, ids=lambda spec: spec.name)
def first(request, tmp_path_factory):
    return make(request.param, tmp_path_factory.mktemp("first"))


def test_one_process_and_two_write_the_same_bytes(first, tmp_path, monkeypatch):
    used = []
    for kind in (InlineExecutor, LocalExecutor):
        monkeypatch.setattr(kind, "run", noting(used, kind.run))
    alone = contents(generate(first.spec, tmp_path / "one"))
    together = contents(generate(first.spec, tmp_path / "two", executor=LocalExecutor(2)))
    assert used == [("InlineExecutor", 1), ("LocalExecutor", 2)]
    assert alone == together == contents(first.files)
    assert len([name for name in alone if name.endswith(".jpg")]) == first.spec.images
    assert {name.split("/")[0] for name in alone} == {"images", "annotations.json", "known_errors.json", "predictions"}


def test_batches_that_end_in_another_order_are_written_in_theirs(first, tmp_path):
    assert contents(generate(first.spec, tmp_path, executor=Backwards())) == contents(first.files)


def test_another_seed_changes_every_picture_and_every_list(first, tmp_path):
    other = contents(generate(replace(first.spec, seed=4), tmp_path))
    same = {name for name, data in contents(first.files).items() if other.get(name) == data}
    assert same == set()


def test_more_images_begin_with_the_same_ones(tmp_path):
    few = make(replace(SPECS[0], images=7), tmp_path / "few")
    many = make(SPECS[0], tmp_path / "many")
    assert many.content["images"][:7] == few.content["images"]
    assert many.content["annotations"][: few.files.annotations] == few.content["annotations"]
    assert many.errors[: len(few.errors)] == few.errors
    for image in few.content["images"]:
        assert many.picture(image["id"]).read_bytes() == few.picture(image["id"]).read_bytes()


def test_a_scene_does_not_depend_on_those_rendered_before_it():
    alone = render_scene(SPECS[0], 5)
    for index in range(3):
        render_scene(SPECS[0], index)
    again = render_scene(SPECS[0], 5)
    assert np.array_equal(alone.picture, again.picture)
    assert [(one.name, one.x, one.y) for one in alone.objects] == [(one.name, one.x, one.y) for one in again.objects]


def test_making_a_sandbox_again_in_its_folder_replaces_it(tmp_path):
    make(replace(SPECS[0], seed=9), tmp_path)
    again = make(SPECS[0], tmp_path)
    assert contents(again.files) == contents(generate(SPECS[0], Path(tmp_path) / "elsewhere"))
