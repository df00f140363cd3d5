"""What drives the errors of a simulated detector is what was written into it (docs/sandboxes.md)."""

from __future__ import annotations

import pytest
from tests.conftest import holder
from tests.unit.evaluator.projects import Judged

from assay.api.app import App

IMAGES = 150  # of 60, sharpness does not stand out yet
SIZES = ("object_area", "object_area_relative", "object_height", "object_width")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tabletop")
    app = App(folder, holder())
    made = Judged(folder, app)
    made.finish("/api/sandboxes/tabletop", {"images": IMAGES, "project_name": "known"})
    yield made
    app.close()


def test_brightness_sharpness_and_size_decide_what_the_simulated_detector_misses(project):
    told = project.get("/slow", predictions="baseline")["importance"]
    of = {each["metric"]: each for each in told if each["side"] == "annotation"}
    drivers = ["brightness", "sharpness", max(SIZES, key=lambda key: of[key]["importance"])]
    others = ["object_aspect_ratio", "border_closeness"]
    assert all(of[key]["significant"] for key in drivers)
    assert min(of[key]["importance"] for key in drivers) > max(of[key]["importance"] for key in others)
    assert not {"random", "object_random", "blur"} & set(of)  # they are no reasons
    # dark, blurred and small objects are missed
    assert all(of[key]["correlation"] > 0 for key in drivers)


def test_dark_pictures_and_small_objects_are_weak_slices_of_recall(project):
    told = [each for each in project.get("/slow", predictions="baseline")["slices"] if each["side"] == "recall"]
    ranges = {range_["metric"]: range_ for each in told for range_ in each["ranges"]}
    assert ranges["brightness"]["low"] is None
    [size] = {*SIZES, "size_for_class"} & set(ranges)  # one of those that tell the same
    assert ranges[size]["low"] is None
    assert not {"random", "object_random"} & set(ranges)


def test_the_improved_detector_is_told_apart_from_the_baseline(project):
    told = project.get("/compare", predictions="baseline", other="improved")
    assert told["numbers"]["mAR"]["difference"] > 0.1
    assert told["numbers"]["mAR"]["interval"][0] > 0
    assert told["numbers"]["recall"]["excludes_zero"] is True
    assert sum(each["count"] for each in told["changed"].values()) == IMAGES


def test_acquisition_functions_come_with_the_detectors_probabilities(project):
    told = {each["metric"]: each for each in project.get("/slow", predictions="baseline")["acquisition"]}
    assert told["acq_entropy"]["count"] == IMAGES
    assert 0 < told["acq_margin"]["min"] <= told["acq_margin"]["max"] < 1
