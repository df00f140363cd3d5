"""Crop metrics of predictions: those of annotations with the same geometry, on request, once."""

from __future__ import annotations

import json

import numpy as np
import pytest
from tests.unit.jobs.engine_projects import resize

from assay.errors import NotFoundError, StorageError, UsageError
from assay.jobs.catalogue import Catalogue
from assay.jobs.engine import pixel_pass, prediction_pixels
from assay.jobs.engine.executors import Unit
from assay.jobs.engine.picture_work import measure_pictures
from assay.jobs.engine.prediction_pixels import check_keys, measure_prediction_pixels
from assay.jobs.predictions import import_prediction_set
from assay.project.predictions import remove_set
from assay.project.staging import Staging

KEYS = ["crop_brightness", "crop_contrast", "crop_sharpness", "crop_red", "crop_green", "crop_blue"]


@pytest.fixture
def predicted(measurer, dozen, tmp_path):
    """The project of a dozen pictures with the sets `same`, the annotations as they are, and `other`, two of them.

    Every fifth prediction of `same` has a score of .04, the others more.
    """
    measurer.take_in(dozen)
    records = [
        {key: a[key] for key in ("image_id", "category_id", "bbox", "segmentation") if key in a}
        | {"score": 0.04 if n % 5 == 0 else 0.05 + n / 100}
        for n, a in enumerate(dozen.content["annotations"])
    ]
    for name, some in (("same", records), ("other", records[1:3])):
        (tmp_path / f"{name}.json").write_text(json.dumps(some))
        import_prediction_set(measurer.context(), tmp_path / f"{name}.json", name, "with")
    return measurer


@pytest.fixture
def read_rows(monkeypatch):
    rows = []

    def measure(options, tasks):
        rows.extend(task.row for task in tasks)
        return measure_pictures(options, tasks)

    monkeypatch.setattr(prediction_pixels, "measure_pictures", measure)
    return rows


def run(measurer, name="same", workers=None, **options):
    return measure_prediction_pixels(measurer.context(workers=workers), name, **options)


def values(measurer, name="same"):
    """Values of a set's predictions in the order of its file: float64 (n, keys)."""
    rows = measurer.query(
        f"SELECT {', '.join(f'm.{key}' for key in KEYS)} FROM prediction p JOIN prediction_metric m USING (row) "
        f"JOIN prediction_set s USING (\"set\") WHERE s.name = '{name}' ORDER BY p.position"
    )
    return np.array(rows, dtype=np.float64)


def test_values_are_those_of_annotations_with_the_same_geometry(predicted):
    assert run(predicted) == {"measured": 12, "metrics": sorted(KEYS), "failed": {}, "skipped": []}
    annotations = predicted.values("annotation")
    expected = np.stack([annotations[key] for key in KEYS], axis=1)
    found = values(predicted)
    confident = np.arange(len(found)) % 5 > 0
    np.testing.assert_array_equal(found[confident], expected[confident])
    assert np.isfinite(expected[confident]).all(axis=1).sum() > 15
    assert np.isnan(found[~confident]).all()


def test_other_sets_and_other_metrics_stay_as_they_are(predicted):
    before = predicted.query("SELECT row, object_area, validity FROM prediction_metric ORDER BY row")
    run(predicted, "other")
    assert predicted.query("SELECT row, object_area, validity FROM prediction_metric ORDER BY row") == before
    assert np.isnan(values(predicted)).all()
    measured = values(predicted, "other")
    assert np.isfinite(measured).any()
    run(predicted)
    np.testing.assert_array_equal(values(predicted, "other"), measured)
    np.testing.assert_array_equal(values(predicted)[1:3], measured)


def test_what_is_up_to_date_is_not_read_again(predicted, read_rows):
    run(predicted)
    read_rows.clear()
    found = values(predicted)
    assert run(predicted)["measured"] == 0
    assert read_rows == []
    assert run(predicted, again=True)["measured"] == 12
    assert read_rows == list(range(12))
    np.testing.assert_array_equal(values(predicted), found)


def test_an_interrupted_run_goes_on_where_it_was(predicted, read_rows, monkeypatch):
    resize(monkeypatch, Unit.PICTURES, batch=3)
    monkeypatch.setattr(pixel_pass, "_COMMIT_IMAGES", 3)
    append, commits = Staging.append, iter((True, True))

    def fail(staging, *parts):
        if not next(commits, False):
            raise StorageError("The disk is full.")
        append(staging, *parts)

    monkeypatch.setattr(Staging, "append", fail)
    with pytest.raises(StorageError):
        run(predicted)
    monkeypatch.setattr(Staging, "append", append)
    read_rows.clear()
    assert run(predicted)["measured"] == 6
    assert read_rows == list(range(6, 12))
    found = values(predicted)
    run(predicted, again=True)
    np.testing.assert_array_equal(values(predicted), found)
    assert predicted.query("SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'staged%'") == []


def test_processes_find_the_same(predicted, monkeypatch):
    run(predicted)
    found = values(predicted)
    resize(monkeypatch, Unit.PICTURES, little=-1)
    run(predicted, again=True, workers=2)
    np.testing.assert_array_equal(values(predicted), found)


def test_a_set_that_takes_the_place_of_a_removed_one_is_measured(predicted, tmp_path):
    run(predicted, "other")
    remove_set(predicted.store, "other", "tests")
    import_prediction_set(predicted.context(), tmp_path / "other.json", "next", "with")
    assert run(predicted, "next")["measured"] == 1
    assert np.isfinite(values(predicted, "next")).any()


def test_only_crop_metrics_can_be_asked_for(predicted):
    catalogue = Catalogue(predicted.store)
    check_keys(catalogue, ["crop_red", "Brightness of the Object"])
    with pytest.raises(UsageError, match="pixels"):
        check_keys(catalogue, ["object_area"])
    with pytest.raises(NotFoundError):
        run(predicted, "none")


def test_the_command_line_measures_them_and_importance_tells_of_them(cli, workspace, dataset, tmp_path):
    records = [
        {"image_id": a["image_id"], "category_id": a["category_id"], "bbox": a["bbox"], "score": 0.9}
        for a in dataset.content["annotations"]
    ]
    (tmp_path / "results.json").write_text(json.dumps(records))
    target = ("-t", workspace / "colors")
    cli("import", "predictions", "--coco", tmp_path / "results.json", "--name", "perfect", *target)
    done = cli("metric", "run", "--predictions", "perfect", *target, "--json")
    assert done.json == {"measured": 6, "metrics": sorted(KEYS), "failed": {}, "skipped": []}
    told = cli("evaluate", "--predictions", "perfect", "--importance", *target, "--json").json["importance"]
    sides = {(each["metric"], each["side"]) for each in told}
    assert {("crop_brightness", "prediction"), ("crop_brightness", "annotation")} <= sides
    assert cli("metric", "run", "--predictions", "none", *target).code == 2
    assert cli("metric", "run", "brightness", "--predictions", "perfect", *target).code == 2
    assert cli("metric", "run", *target).code == 2
