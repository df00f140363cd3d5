"""Sequences: objects keep their track from frame to frame, but where that is listed as an error."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from tests.unit.sandbox.conftest import NO_ERRORS, make
from tests.unit.sandbox.shapes import box_overlap, seen_box

from assay.sandbox import SANDBOXES
from assay.sandbox.catalog import CATEGORY_IDS
from assay.sandbox.tracks import draw_track_errors
from assay.sandbox.video import render_frame

VIDEO = SANDBOXES["tabletop-video"]
TRACKS_ONLY = replace(
    VIDEO, **(NO_ERRORS | {"images": 120, "broken_track_share": 0.3, "flip_share": 0.25, "gap_share": 0.25})
)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two sequences with errors of tracks and no others."""
    return make(TRACKS_ONLY, tmp_path_factory.mktemp("video"))


@pytest.fixture(scope="module")
def frames():
    """The scenes of the same frames."""
    return [render_frame(TRACKS_ONLY, *divmod(index, 60)) for index in range(120)]


@pytest.fixture(scope="module")
def truth(made, frames):
    """For each object of each frame: image id, track of the scene, the object, its annotation or None."""
    rows = []
    for number, scene in enumerate(frames, start=1):
        labels = {tuple(label["bbox"]): label for label in made.by_image[number]}
        sequence = (number - 1) // 60
        for one in scene.objects:
            if one.labelled and one.visible_share >= 0.15 and np.count_nonzero(one.mask) >= 30:
                label = labels.pop(tuple(seen_box(one.mask, one.x, one.y)), None)
                rows.append((number, (sequence, one.track), one, label))
        assert not labels, "a label is where no object is"
    return rows


def test_frames_are_numbered_within_their_sequence(made):
    for index, image in enumerate(made.content["images"]):
        sequence, frame = divmod(index, 60)
        assert (image["video_id"], image["frame_index"]) == (sequence + 1, frame)
        assert image["file_name"] == f"{sequence + 1:03d}/{frame + 1:06d}.jpg"
        assert made.picture(image["id"]).is_file()
        assert (image["width"], image["height"]) == (640, 360)


def test_a_sequence_has_one_camera_place_and_split(made):
    for video in (1, 2):
        images = [image for image in made.images.values() if image["video_id"] == video]
        for key in ("split", "camera", "hour", "location", "theme"):
            assert len({image[key] for image in images}) == 1
    assert made.images[1]["split"] in ("train", "val")


def test_consecutive_frames_differ_little_and_not_nothing(frames):
    for one, other in pairwise(frames[:20]):
        difference = np.abs(one.picture.astype(int) - other.picture)
        assert 0 < difference.mean() < 25


def test_a_track_is_one_object_of_one_class_that_moves_smoothly(frames):
    tracks = defaultdict(list)
    for index, scene in enumerate(frames):
        numbers = [one.track for one in scene.objects]
        assert len(set(numbers)) == len(numbers)
        for one in scene.objects:
            tracks[index // 60, one.track].append((index, one))
    moving = 0
    for seen in tracks.values():
        assert len({one.name for _, one in seen}) == 1
        for (index, one), (following, other) in pairwise(seen):
            if following == index + 1 and min(one.visible_share, other.visible_share) > 0.95:
                a, b = seen_box(one.mask, one.x, one.y), seen_box(other.mask, other.x, other.y)
                assert np.hypot(a[0] + a[2] / 2 - b[0] - b[2] / 2, a[1] + a[3] / 2 - b[1] - b[3] / 2) < 15
                moving += a != b
    assert moving > 300


def test_every_label_has_a_track_and_a_frame_has_each_once(made, truth):
    for labels in made.by_image.values():
        names = [label["track_id"] for label in labels]
        assert all(isinstance(name, str) for name in names)
        assert len(set(names)) == len(names)
    owners = defaultdict(set)
    for _, track, _, label in truth:
        if label is not None:
            owners[label["track_id"]].add(track)
    assert all(len(tracks) == 1 for tracks in owners.values())


def test_broken_tracks_are_the_objects_whose_id_changes(made, truth):
    changes = set()
    last = {}
    for _, track, _, label in truth:
        if label is not None:
            before = last.get(track)
            if before is not None and before["track_id"] != label["track_id"]:
                changes.add((label["image_id"], label["id"], before["id"]))
            last[track] = label
    broken = made.of_type("broken_track")
    assert {(error["image_id"], error["annotation_id"], error["related_id"]) for error in broken} == changes
    assert len(broken) == len(changes) >= 3
    for error in broken:
        here, before = made.annotations[error["annotation_id"]], made.annotations[error["related_id"]]
        assert before["image_id"] < here["image_id"]
        assert here["category_id"] == before["category_id"]
        assert box_overlap(here["bbox"], before["bbox"]) > 0.3
    ids = [made.annotations[error["annotation_id"]]["track_id"] for error in broken]
    assert len(set(ids)) == len(ids)


def test_flipped_labels_are_those_of_another_class_than_the_object(made, truth):
    flipped = {
        label["id"]: track for _, track, one, label in truth if label and label["category_id"] != CATEGORY_IDS[one.name]
    }
    assert made.flagged("wrong_class") == set(flipped)
    lengths = Counter(flipped.values())
    assert len(lengths) >= 2
    assert max(lengths.values()) <= 3
    for track in lengths:
        classes = [label["category_id"] for _, other, _, label in truth if other == track and label]
        assert len(set(classes)) == 2
        assert classes[0] == classes[-1]


def test_gaps_are_frames_in_which_a_visible_object_has_no_label(made, truth):
    absent = Counter(number for number, _, _, label in truth if label is None)
    listed = Counter(error["image_id"] for error in made.of_type("missing_annotation"))
    assert absent == listed
    tracks = {track for _, track, _, label in truth if label is None}
    assert len(tracks) >= 2
    for track in tracks:
        labelled = [label is not None for _, other, _, label in truth if other == track]
        assert labelled[0]
        assert labelled[-1]
        assert 1 <= labelled.count(False) <= 3


def test_a_track_has_one_kind_of_error_at_most(made, truth):
    kinds = defaultdict(set)
    types = {error["annotation_id"]: error["type"] for error in made.errors}
    for _, track, _, label in truth:
        if label is None:
            kinds[track].add("missing_annotation")
        elif label["id"] in types:
            kinds[track].add(types[label["id"]])
    assert {len(found) for found in kinds.values()} == {1}
    assert {error["type"] for error in made.errors} == {"broken_track", "wrong_class", "missing_annotation"}


def test_tracks_go_wrong_as_often_as_documented():
    rng = np.random.default_rng(1)
    frames = list(range(10, 70))
    drawn = [draw_track_errors(VIDEO, rng, "car", frames) for _ in range(8_000)]
    assert sum(one.breaks_at is not None for one in drawn) / 8_000 == pytest.approx(0.08, abs=0.013)
    assert sum(bool(one.flips) for one in drawn) / 8_000 == pytest.approx(0.06, abs=0.012)
    assert sum(bool(one.gaps) for one in drawn) / 8_000 == pytest.approx(0.08, abs=0.013)
    assert all((one.breaks_at is not None) + bool(one.flips) + bool(one.gaps) <= 1 for one in drawn)
    assert all("car" != one.wrong_class != "" for one in drawn if one.flips)
    assert all({10, 69}.isdisjoint(one.flips | one.gaps) for one in drawn)


def test_a_track_that_is_hardly_seen_has_no_error():
    rng = np.random.default_rng(1)
    spec = replace(VIDEO, broken_track_share=1.0)
    assert all(draw_track_errors(spec, rng, "car", list(range(11))).breaks_at is None for _ in range(50))
    assert all(draw_track_errors(spec, rng, "car", list(range(12))).breaks_at in range(1, 11) for _ in range(50))


def test_without_errors_an_id_is_an_object(tmp_path):
    made = make(replace(VIDEO, **(NO_ERRORS | {"images": 15, "sequence_frames": 15})), tmp_path)
    assert made.errors == []
    classes = defaultdict(set)
    for label in made.content["annotations"]:
        classes[label["track_id"]].add(label["category_id"])
    assert {len(found) for found in classes.values()} == {1}


def test_the_last_sequence_may_be_shorter(tmp_path):
    made = make(replace(VIDEO, images=8, sequence_frames=5), tmp_path)
    places = [(image["video_id"], image["frame_index"]) for image in made.content["images"]]
    assert places == [*((1, frame) for frame in range(5)), *((2, frame) for frame in range(3))]


def test_a_duplicate_in_a_sequence_has_the_class_of_its_original(tmp_path):
    spec = replace(VIDEO, **(NO_ERRORS | {"images": 20, "sequence_frames": 20, "flip_share": 1.0}))
    made = make(replace(spec, duplicate_share=0.5), tmp_path)
    duplicates = made.of_type("duplicate_annotation")
    assert len(duplicates) > 20
    assert {error["related_id"] for error in duplicates} & made.flagged("wrong_class")
    for error in duplicates:
        copy, original = (made.annotations[error[key]] for key in ("annotation_id", "related_id"))
        assert copy["category_id"] == original["category_id"]
