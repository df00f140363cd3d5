"""Runs of the engine: repeated, interrupted, over damaged files, after changes of metrics and of data."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from tests.unit.jobs.engine_projects import deadly_pictures, equal, noisy_pixels, resize, write_picture

from assay.errors import CancelledError, StorageError
from assay.jobs import catalogue
from assay.jobs.engine import pictures
from assay.jobs.engine.executors import Unit
from assay.jobs.engine.run import measure_project
from assay.metrics.registry import all_metrics
from assay.project.staging import Staging

PIXEL_KEYS = {m.key for m in all_metrics() if m.needs == "pixels"}


@pytest.fixture
def expected(measurer, dozen, whole):
    """What measuring a dozen pictures finds when nothing comes in between; the project is there, unmeasured."""
    measurer.take_in(dozen, metrics=False)
    return whole


# ------------------------------------------------------------ repeated


def test_a_second_run_measures_nothing_and_changes_nothing(measurer, dozen, read_rows):
    measurer.take_in(dozen)
    assert read_rows == list(range(12))
    found = measurer.all()
    read_rows.clear()
    for keys in ((), ("brightness",), ("crop_red", "sharpness", "object_area")):
        assert measurer.measure(*keys)["measured"] == 0
    assert read_rows == []
    assert measurer.all() == found


def test_measuring_again_reads_everything_and_finds_the_same(measurer, dozen, whole, read_rows):
    measurer.take_in(dozen)
    read_rows.clear()
    assert measurer.measure(again=True)["measured"] == 12
    assert read_rows == list(range(12))
    assert measurer.all() == whole


def test_only_what_is_asked_for_is_computed(measurer, dozen):
    measurer.take_in(dozen, metrics=False)
    assert measurer.measure("contrast")["metrics"] == ["contrast"]
    assert set(measurer.values("annotation")) == set()
    images = set(measurer.values("image"))
    # the other pixel metrics of images cost little beside it, and the hashes are known then
    assert images == {m.key for m in all_metrics() if m.needs == "pixels" and "image" in m.scopes}
    assert measurer.measure("crop_red")["measured"] == 12
    assert {k for k in measurer.values("annotation") if k.startswith("crop_")} == PIXEL_KEYS - images
    assert measurer.measure("object_area")["measured"] == 0
    assert not np.isnan(measurer.values("annotation")["object_area"]).any()


def test_evidence_is_there_once_after_one_metric_is_computed_again(measurer, write):
    dataset = write()
    for annotation in dataset.content["annotations"]:
        annotation |= {"bbox": [3, 3, 12, 12]}
        annotation.pop("segmentation", None)
    dataset.annotations.write_text(json.dumps(dataset.content))
    measurer.take_in(dataset)
    evidence = measurer.evidence()
    assert {record[0] for record in evidence} >= {"class_overlap", "annotation_duplicates"}
    measurer.measure("annotation_duplicates", again=True)
    assert measurer.evidence() == evidence


# ------------------------------------------------------------ interrupted


def interrupted_after(monkeypatch, commits, error):
    """Let a run end with an error of some type in place of the commit that follows so many."""
    real, done = Staging.append, []

    def append(self, *columns):
        if self._stage == "pixels":
            if len(done) == commits:
                raise error("The disk is full.")
            done.append(1)
        real(self, *columns)

    monkeypatch.setattr(Staging, "append", append)
    return lambda: monkeypatch.setattr(Staging, "append", real)


@pytest.mark.parametrize(("commits", "error"), [(0, StorageError), (1, KeyboardInterrupt), (3, ZeroDivisionError)])
def test_an_interrupted_run_goes_on_where_it_was(
    measurer, expected, small_batches, read_rows, monkeypatch, commits, error
):
    restore = interrupted_after(monkeypatch, commits, error)
    with pytest.raises(error):
        measurer.measure()
    restore()
    assert read_rows == list(range(3 * (commits + 1)))
    assert not PIXEL_KEYS & {*measurer.values("image"), *measurer.values("annotation")}
    read_rows.clear()
    assert measurer.measure()["measured"] == 12 - 3 * commits
    assert read_rows == list(range(3 * commits, 12))
    assert measurer.all() == expected
    assert measurer.query("SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'staged%'") == []


def test_a_run_interrupted_again_and_again_gets_to_its_end(measurer, expected, small_batches, read_rows, monkeypatch):
    for _ in range(4):
        restore = interrupted_after(monkeypatch, 1, StorageError)
        if len(set(read_rows)) < 12:
            with pytest.raises(StorageError):
                measurer.measure()
        restore()
    measurer.measure()
    assert set(read_rows) == set(range(12))
    assert measurer.all() == expected


@pytest.mark.parametrize("in_processes", [False, True])
def test_a_cancelled_run_goes_on_where_it_was(measurer, expected, small_batches, monkeypatch, request, in_processes):
    if in_processes:
        request.getfixturevalue("processes")
    context = measurer.context()
    report = context.progress

    def cancel(done, total=None):
        report(done, total)
        if context.job.stage == "Measuring pixels" and done >= 6:
            context.job.cancel.set()

    monkeypatch.setattr(context, "progress", cancel)
    with pytest.raises(CancelledError):
        measure_project(context)
    [(staged,)] = measurer.query("SELECT count(*) FROM staged_pixels_image")
    assert 6 <= staged < 12
    assert measurer.measure()["measured"] == 12 - staged
    assert measurer.all() == expected


def test_a_run_that_is_cancelled_while_geometry_is_written_goes_on(measurer, expected, small_batches, monkeypatch):
    context = measurer.context()
    begin = context.stage

    def cancel(name, total=None):
        if name == "Writing metrics":
            context.job.cancel.set()
        begin(name, total)

    monkeypatch.setattr(context, "stage", cancel)
    with pytest.raises(CancelledError):
        measure_project(context)
    assert measurer.bits() == {}
    monkeypatch.setattr("assay.jobs.engine.geometry.measure_geometry", lambda _: pytest.fail("all is staged"))
    measurer.measure()
    assert measurer.all() == expected


def test_what_an_interrupted_run_of_another_version_left_is_thrown_away(
    measurer, expected, small_batches, read_rows, monkeypatch
):
    restore = interrupted_after(monkeypatch, 2, StorageError)
    with pytest.raises(StorageError):
        measurer.measure()
    restore()
    raise_version(monkeypatch, "entropy")
    read_rows.clear()
    assert measurer.measure()["measured"] == 12
    assert read_rows == list(range(12))
    assert measurer.bits() == expected[0]


# ------------------------------------------------------------ files that cannot be measured


@pytest.fixture
def damaged(write):
    """Ten pictures, of which five cannot be measured."""
    dataset = write(images=10, kinds=(".jpg",))
    files = [dataset.images / record["file_name"] for record in dataset.content["images"]]
    files[1].write_bytes(files[1].read_bytes()[: files[1].stat().st_size * 3 // 4])
    files[3].write_bytes(b"")
    files[5].write_text("This is no picture, whatever its name says.")
    files[7].unlink()
    write_picture(files[9].with_suffix(".png"), noisy_pixels(10))
    files[9].write_bytes(files[9].with_suffix(".png").read_bytes()[:200])  # its header is sound
    return dataset


def test_damaged_files_are_recorded_and_the_others_measured(measurer, damaged):
    told = measurer.take_in(damaged)
    unusable = {1, 3, 5, 7, 9}
    for scope in ("image", "annotation"):
        for key, column in measurer.values(scope).items():
            if key not in PIXEL_KEYS or key == "duplicate_group_size":
                continue
            rows = set(np.flatnonzero(np.isnan(column)).tolist())
            lost = unusable if scope == "image" else {3 * row + k for row in unusable for k in range(3)}
            assert rows >= lost, key
            assert scope == "annotation" or rows == lost, key
    assert not np.isnan(measurer.values("image")["width"]).any()
    assert not np.isnan(measurer.values("annotation")["object_area"]).any()
    files = measurer.query("SELECT row, status, damaged, detail FROM image_file ORDER BY row")
    assert [status for _, status, _, _ in files] == [0, 0, 0, 2, 0, 2, 0, 1, 0, 2]
    assert [row for row, _, broken, _ in files if broken] == [1]
    details = {row: detail for row, _, _, detail in files if detail}
    assert set(details) == unusable
    assert all(detail.startswith(damaged.content["images"][row]["file_name"] + ": ") for row, detail in details.items())
    assert "ends early" in details[1]
    assert "no such file" in details[7]
    warnings = {w["code"]: (w["count"], w["examples"]) for w in told["warnings"]}
    assert warnings["missing_file"] == (1, [details[7]])
    assert warnings["damaged_file"] == (1, [details[1]])
    assert warnings["unreadable_file"] == (3, [details[3], details[5], details[9]])
    statistics = measurer.statistics()["image"]
    assert {(statistics[key]["count"], statistics[key]["nulls"]) for key in ("brightness", "red", "blur")} == {(5, 5)}


def test_unusable_files_are_not_tried_again(measurer, damaged, read_rows):
    measurer.take_in(damaged)
    assert read_rows == [0, 1, 2, 4, 6, 8, 9]
    read_rows.clear()
    assert measurer.measure()["measured"] == 0
    assert read_rows == []


def test_a_project_of_nothing_but_unusable_files_is_measured_all_the_same(measurer, write):
    dataset = write(images=3)
    for file in dataset.images.iterdir():
        file.write_bytes(b"")
    assert measurer.take_in(dataset)["images"] == 3
    assert not np.isnan(measurer.values("annotation")["object_area"]).any()
    assert np.isnan(measurer.values("image")["brightness"]).all()  # queries know it all the same


def test_a_file_that_vanishes_before_it_is_read_costs_only_itself(measurer, write):
    dataset = write()
    measurer.take_in(dataset, metrics=False)
    (dataset.images / dataset.content["images"][4]["file_name"]).unlink()
    told = measurer.measure()
    assert told["measured"] == 11
    assert told["unreachable"] == {"count": 1, "examples": ["0005.bmp: No such file or directory"]}
    assert np.flatnonzero(np.isnan(measurer.values("image")["brightness"])).tolist() == [4]
    assert measurer.query("SELECT status, detail FROM image_file WHERE row = 4") == [(0, None)]  # to be tried again


def test_a_picture_that_kills_a_process_costs_only_itself(measurer, expected, processes, monkeypatch):
    monkeypatch.setattr(pictures, "measure_pictures", deadly_pictures)
    resize(monkeypatch, Unit.PICTURES, batch=2)
    assert measurer.measure(workers=2)["measured"] == 12
    status = measurer.query("SELECT row, detail FROM image_file WHERE status <> 0 ORDER BY row")
    assert status == [(4, "0005.bmp: the image decoder crashes on it")]
    lost = np.arange(12) == 4
    of_lost = np.repeat(lost, 3)
    for name, sound in expected[0].items():
        scope, key = name.split()
        if key not in PIXEL_KEYS:
            continue
        gone = lost if scope == "image" else of_lost
        whole, found = np.frombuffer(sound), measurer.values(scope)[key]
        assert np.isnan(found[gone]).all(), name
        assert np.array_equal(found[~gone], whole[~gone], equal_nan=True), name
    monkeypatch.undo()
    assert measurer.measure()["measured"] == 0


# ------------------------------------------------------------ metrics that change


def raise_version(monkeypatch, *keys):
    """Let metrics be of a new version."""
    raised = [replace(m, version=m.version + 1) if m.key in keys else m for m in all_metrics()]
    monkeypatch.setattr(catalogue, "all_metrics", lambda: raised)


def store_nonsense(measurer, keys):
    """Put 99 into columns, as if an older version had stored it."""
    with measurer.store.write() as cursor:
        for scope in ("image", "annotation"):
            for key in set(keys) & set(measurer.values(scope)):
                cursor.execute(f"UPDATE {scope}_metric SET {key} = 99")


def test_metrics_of_a_new_version_are_computed_anew(measurer, dozen, whole, monkeypatch):
    measurer.take_in(dozen)
    of_coordinates = ("aspect_ratio", "object_area", "size_for_class", "occlusion", "validity")
    of_pixels = ("sharpness", "crop_green")
    for new, raised, reads in ((of_coordinates, of_coordinates, 0), (of_pixels, of_coordinates + of_pixels, 12)):
        store_nonsense(measurer, new)
        assert measurer.measure()["measured"] == 0
        spoilt = measurer.bits()
        assert {name.split()[1] for name in spoilt if spoilt[name] != whole[0][name]} == set(new)
        raise_version(monkeypatch, *raised)
        assert measurer.measure()["measured"] == reads
        assert measurer.bits() == whole[0]
        versions = dict(measurer.query("SELECT key, version FROM metric_state"))
        declared = {m.key: m.version for m in all_metrics()}
        assert {key for key, version in versions.items() if version > declared[key]} == set(raised)
        assert measurer.measure()["measured"] == 0


def test_duplicates_of_a_new_version_are_counted_anew(measurer, dozen, whole, monkeypatch):
    measurer.take_in(dozen)
    store_nonsense(measurer, ["duplicate_group_size"])
    raise_version(monkeypatch, "duplicate_group_size")
    assert measurer.measure()["measured"] == 0
    assert measurer.bits() == whole[0]


def test_a_new_version_leaves_the_other_metrics_as_they_are(measurer, dozen, monkeypatch):
    measurer.take_in(dozen)
    store_nonsense(measurer, ["brightness"])
    raise_version(monkeypatch, "sharpness")
    assert measurer.measure()["measured"] == 12
    assert (measurer.values("image")["brightness"] == 99).all()


# ------------------------------------------------------------ data that is added


@pytest.fixture
def halves(write):
    """Two halves of a film of sixteen frames, and the whole of it."""
    first, second = write("first", images=8, film=True), write("second", images=8, first=9, film=True)
    return first, second, write("both", images=16, film=True)


def test_adding_images_compares_classes_and_frames_anew_but_reads_only_the_new_pictures(measurer, halves, read_rows):
    first, second, whole = halves
    measurer.take_in(first)
    before = {scope: measurer.values(scope) for scope in ("image", "annotation")}
    read_rows.clear()
    measurer.take_in(second, add=True)
    assert read_rows == list(range(8, 16))
    after = {scope: measurer.values(scope) for scope in ("image", "annotation")}
    for scope, per_image in (("image", 1), ("annotation", 3)):
        for key in PIXEL_KEYS & set(after[scope]):
            earlier = after[scope][key][: 8 * per_image]
            assert earlier.tobytes() == before[scope][key].tobytes(), key
    for key in ("size_for_class", "shape_for_class"):  # the first half is compared with the second, too
        earlier, now = before["annotation"][key], after["annotation"][key][:24]
        assert (np.isnan(earlier) == np.isnan(now)).all()
        assert ((earlier != now) & ~np.isnan(earlier)).any()
    found, statistics = measurer.bits(), measurer.statistics()
    measurer.app.workspace.delete("p")
    measurer.take_in(whole)
    assert found == measurer.bits()
    assert statistics == measurer.statistics()


def test_adding_images_counts_duplicates_anew(measurer, write, read_rows):
    measurer.take_in(write(images=5))
    read_rows.clear()
    measurer.take_in(write("more", images=4, first=4, kinds=(".bmp",)), add=True)
    assert read_rows == [5, 6, 7, 8]
    # ids 1..5 and 4..7: the first 4 is a JPEG, which is lossy; 5 is the same picture twice
    assert measurer.values("image")["duplicate_group_size"].tolist() == [1, 1, 1, 1, 2, 1, 2, 1, 1]
    assert [r[1:3] for r in measurer.evidence() if r[0] == "duplicate_group_size"] == [(4, 6), (6, 4)]
    assert measurer.statistics()["image"]["duplicate_group_size"]["severe"] == 2


def test_added_images_without_files_count_as_nulls(measurer, write):
    measurer.take_in(write(images=5))
    more = write("more", images=3, first=6)
    for file in more.images.iterdir():
        file.unlink()
    measurer.take_in(more, add=True)
    assert np.isnan(measurer.values("image")["brightness"]).sum() == 3
    for scope in ("image", "annotation"):
        statistics = measurer.statistics()[scope]
        for key, column in measurer.values(scope).items():
            nulls = int(np.isnan(column).sum())
            assert (statistics[key]["count"], statistics[key]["nulls"]) == (len(column) - nulls, nulls), key


def test_adding_by_the_command_line_does_the_same(cli, measurer, halves, tmp_path):
    first, second, whole = halves
    measurer.take_in(whole)
    expected = measurer.bits()
    measurer.app.close()
    target = tmp_path / "other"
    for dataset, more in ((first, ()), (second, ("--add",))):
        assert cli(*dataset.options(), "-t", target, "--name", "p", *more, "--json").code == 0
    run = cli("metric", "run", "-t", target, "--all", "--json")
    assert (run.code, run.json["measured"], run.json["failed"]) == (0, 0, {})
    fields = ["brightness", "crop_contrast", "size_for_class", "inconsistent_track"]
    items = cli("query", "-t", target, "--scope", "annotation", "--fields", ",".join(fields), "--json").json["items"]
    for key in fields:
        column = np.frombuffer(expected[f"{'image' if key == 'brightness' else 'annotation'} {key}"])
        column = np.repeat(column, 3) if key == "brightness" else column
        assert all(equal(item[key], value) for item, value in zip(items, column.tolist(), strict=True)), key
