"""Image files that cannot be read for a moment: nothing that is known of them is lost, and the next run goes on."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.jobs.engine_projects import write_noisy

from assay.errors import InputError
from assay.jobs.refresh import refresh

PIXELS = "brightness"


@pytest.fixture
def noisy(tmp_path):
    return write_noisy(tmp_path / "data", images=6)


def test_a_folder_that_is_away_costs_no_value_and_the_next_run_goes_on(measurer, noisy, tmp_path):
    measurer.take_in(noisy)
    before = measurer.bits()
    noisy.images.rename(tmp_path / "away")
    told = measurer.measure(again=True)
    assert told["measured"] == 0
    assert told["unreachable"]["count"] == 6
    assert told["unreachable"]["examples"][0].startswith(noisy.content["images"][0]["file_name"])
    assert measurer.bits() == before
    assert measurer.query("SELECT count(*) FROM image_file WHERE status = 0") == [(6,)]
    (tmp_path / "away").rename(noisy.images)
    told = measurer.measure()
    assert (told["measured"], "unreachable" in told) == (6, False)
    assert measurer.bits() == before


def test_one_file_that_is_away_keeps_its_values_and_those_of_its_crops(measurer, noisy, tmp_path):
    measurer.take_in(noisy)
    before = measurer.bits()
    file = noisy.images / noisy.content["images"][2]["file_name"]
    file.rename(tmp_path / "away")
    told = measurer.measure(again=True)
    assert (told["measured"], told["unreachable"]["count"]) == (5, 1)
    assert measurer.bits() == before
    (tmp_path / "away").rename(file)
    assert measurer.measure()["measured"] == 1
    assert measurer.bits() == before


def test_a_file_that_was_read_and_is_damaged_loses_its_values(measurer, noisy):
    measurer.take_in(noisy)
    file = noisy.images / noisy.content["images"][2]["file_name"]
    file.write_bytes(file.read_bytes()[:40])
    told = measurer.measure(again=True)
    assert "unreachable" not in told
    assert np.isnan(measurer.values("image")[PIXELS]).tolist() == [False, False, True, False, False, False]


def test_what_was_missing_at_the_import_is_measured_by_the_next_run(measurer, noisy, tmp_path):
    name = noisy.content["images"][4]["file_name"]
    (noisy.images / name).rename(tmp_path / "away")
    measurer.take_in(noisy)
    assert np.isnan(measurer.values("image")[PIXELS])[4]
    (tmp_path / "away").rename(noisy.images / name)
    assert measurer.measure()["measured"] == 1
    assert not np.isnan(measurer.values("image")[PIXELS]).any()


@pytest.mark.parametrize("place", ["folder", "subfolder"])
def test_a_refresh_takes_no_unmounted_disk_for_an_empty_one(measurer, noisy, tmp_path, place):
    if place == "subfolder":
        content = dict(noisy.content)
        (noisy.images / "deep").mkdir()
        for image in content["images"][:3]:
            (noisy.images / image["file_name"]).rename(noisy.images / "deep" / image["file_name"])
            image["file_name"] = f"deep/{image['file_name']}"
        noisy.annotations.write_text(__import__("json").dumps(content))
    measurer.take_in(noisy)
    before = measurer.bits()
    if place == "folder":
        noisy.images.rename(tmp_path / "away")
        noisy.images.mkdir()  # the place where it would be mounted
        with pytest.raises(InputError, match="None of the image files"):
            refresh(measurer.context())
    else:
        (noisy.images / "deep").rename(tmp_path / "away")
        assert refresh(measurer.context())["images"]["changed"] == 0
    assert measurer.bits() == before


def test_predictions_keep_what_was_measured_of_their_crops(measurer, noisy, tmp_path):
    import json

    from assay.jobs.engine.prediction_pixels import measure_prediction_pixels
    from assay.jobs.predictions import import_prediction_set

    measurer.take_in(noisy)
    results = [
        {"image_id": image["id"], "category_id": 1, "bbox": [1, 1, 15, 12], "score": 0.9}
        for image in noisy.content["images"]
    ]
    (tmp_path / "results.json").write_text(json.dumps(results))
    import_prediction_set(measurer.context(), tmp_path / "results.json", "model", "all")

    def values():
        return measurer.query("SELECT * FROM prediction_metric ORDER BY row")

    assert measure_prediction_pixels(measurer.context(), "model")["measured"] == 6
    before = values()
    noisy.images.rename(tmp_path / "away")
    told = measure_prediction_pixels(measurer.context(), "model", again=True)
    assert (told["measured"], told["unreachable"]["count"]) == (0, 6)
    assert values() == before
    (tmp_path / "away").rename(noisy.images)
    assert measure_prediction_pixels(measurer.context(), "model")["measured"] == 6
    assert values() == before
