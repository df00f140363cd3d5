"""Metrics that a person writes: added, run, changed, broken and removed by the command line."""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import textwrap

import cv2
import numpy as np
import pytest

from assay.errors import CancelledError, UsageError
from assay.jobs.engine.custom import add_metrics
from assay.jobs.engine.run import measure_project
from assay.metrics.custom import metric

GREEN_EXCESS = '''
@metric(scope="image", title="Green excess", suspicious="high")
def green_excess(image):
    """Mean green minus mean of red and blue.

    Grass and leaves have much of it.
    """
    return float(image[..., 1].mean() - image[..., [0, 2]].mean())
'''
ID_OF_IMAGE = '''
@metric(scope="image", title="Number")
def number(image, info):
    """The image's id."""
    return info.id
'''


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    """Let the command line look for the end of a job more often: these jobs take no tenth of a second."""
    monkeypatch.setattr("assay.client.connection._POLL_S", 0.01)


@pytest.fixture
def define(tmp_path):
    """Write a file of metrics: `define("def …", name="mine.py")`."""

    def write(*parts, name="mine.py", header="from assay import metric\n"):
        file = tmp_path / name
        file.write_text(header + "\n".join(textwrap.dedent(part) for part in parts))
        return file

    return write


@pytest.fixture
def project(cli, workspace):
    """The project `colors` on the command line: `project("metric", "add", file)`."""
    return lambda *arguments: cli(*arguments, "-t", workspace)


@pytest.fixture
def column(project):
    """`column("brightness", scope="image")` returns the values that a query shows."""

    def ask(key, scope="image", *more):
        run = project("query", "--scope", scope, "--fields", key, "--json", *more)
        assert (run.code, run.err) == (0, "")
        return [item[key] for item in run.json["items"]]

    return ask


@pytest.fixture
def run_file(define, project):
    """Define metrics, add them, run them all and return how that ended."""

    def run(*parts, **options):
        added = project("metric", "add", define(*parts, **options), "--json")
        assert (added.code, added.err) == (0, "")
        return project("metric", "run", *[m["key"] for m in added.json], "--json")

    return run


def refused(run, code, *words):
    """Check that a command failed with a message that holds some words."""
    assert (run.code, run.out) == (code, ""), run.err
    assert run.err.startswith("Error: ")
    assert "Traceback" not in run.err
    for word in words:
        assert str(word) in run.err, run.err


def pixels_of(workspace):
    files = sorted((workspace / "colors" / "images").glob("*.jpg"))
    return [cv2.cvtColor(cv2.imread(str(file), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB) for file in files]


# ------------------------------------------------------------ what a metric gets and gives


def test_a_ten_line_metric_from_adding_it_to_sorting_by_it(project, define, workspace):
    added = project("metric", "add", define(GREEN_EXCESS))
    assert (added.code, added.err) == (0, "")
    assert "green_excess: Green excess (image)" in added.out
    assert "assay metric run green_excess" in added.out
    run = project("metric", "run", "Green excess")
    assert run.code == 0
    assert "stopped" not in run.err
    assert run.out == "1 metric is up to date; the pixels of 6 images were read.\n"
    expected = [p[..., 1].mean() - p[..., [0, 2]].mean() for p in pixels_of(workspace)]
    items = project("query", "--fields", "green_excess", "--json").json["items"]
    assert [item["green_excess"] for item in items] == pytest.approx(expected, rel=1e-12)
    for sort, worst_first in (("green_excess", False), ("-green_excess", True)):
        items = project("query", "--fields", "green_excess", "--sort", sort, "--json").json["items"]
        values = [item["green_excess"] for item in items]
        assert values == sorted(values, reverse=worst_first)
        assert values == pytest.approx(sorted(expected, reverse=worst_first), rel=1e-12)
    assert "green_excess" in project("query", "--fields", "green_excess").out


def test_an_added_metric_is_listed_and_shown_like_any_other(project, define):
    before = {m["key"] for m in project("metric", "list", "--json").json}
    assert project("metric", "add", define(GREEN_EXCESS), "--json").json == [
        {
            "key": "green_excess",
            "title": "Green excess",
            "scope": "image",
            "kind": "signed",
            "suspicious": "high",
            "description": "Mean green minus mean of red and blue.\n\nGrass and leaves have much of it.",
        }
    ]
    assert {m["key"] for m in project("metric", "list", "--json").json} - before == {"green_excess"}
    shown = project("metric", "show", "green_excess", "--json").json
    assert (shown["count"], shown["nulls"], shown["mean"], shown["severe"]) == (0, 6, None, 0)
    project("metric", "run", "green_excess")
    shown = project("metric", "show", "green_excess", "--json").json
    assert (shown["count"], shown["nulls"]) == (6, 0)
    assert shown["min"] <= shown["q1"] <= shown["median"] <= shown["q3"] <= shown["max"]
    text = project("metric", "show", "green_excess").out
    assert "Green excess (green_excess, image)" in text
    assert "Grass and leaves have much of it." in text


def test_metrics_of_annotations_get_crops_and_what_is_known_of_them(project, run_file, column, dataset, workspace):
    run = run_file(
        """
        @metric(scope="annotation", title="Pixels")
        def crop_pixels(crop, annotation, image):
            return crop.shape[0] * crop.shape[1] if crop.dtype == "uint8" and crop.shape[2] == 3 else -1

        @metric(scope="annotation", title="Told")
        def told(crop, annotation, image):
            known = (annotation.id, annotation.class_name, annotation.shape, annotation.crowd, image.id)
            expected = {"red": 0, "green": 1, "blue": 2}[annotation.class_name]
            assert annotation.id - 1000 == 3 * (image.id - 1) + expected, known
            assert (annotation.shape, annotation.crowd) == ("box", False), known
            assert annotation.attr.get("attributes", {}).get("checked") == {0: True, 1: False, 2: None}[expected], known
            assert (image.width, image.height, image.split) == (64, 48, "train")
            assert image.file_name == f"{image.id - 1:05d}.jpg"
            assert image.meta == {"camera": f"cam{(image.id - 1) % 2}", "gain": image.id - 1}
            return annotation.bbox[2] * annotation.bbox[3]

        @metric(scope="annotation", title="Red of crop")
        def crop_mean(crop, annotation, image):
            return crop[..., 0].mean()
        """
    )
    assert (run.code, run.json["failed"], run.json["measured"]) == (0, {}, 6)
    boxes = [annotation["bbox"] for annotation in dataset.content["annotations"]]
    assert column("told", "annotation") == [w * h for _, _, w, h in boxes]
    # from x = 2.5 on, so that the first centre lies on the border and belongs to the box: w columns, h rows
    assert column("crop_pixels", "annotation") == [w * h for _, _, w, h in boxes]
    reds = [p[..., 0] for p in pixels_of(workspace) for _ in range(3)]
    expected = [r[y : y + h, int(x) : int(x) + w].mean() for r, (x, y, w, h) in zip(reds, boxes, strict=True)]
    assert column("crop_mean", "annotation") == pytest.approx(expected, rel=1e-12)


def test_boxes_below_4_by_4_pixels_are_null_and_not_asked_for(cli, make_dataset, tmp_path, define):
    dataset = make_dataset(images=2)
    for annotation, bbox in zip(
        dataset.content["annotations"], ([0, 0, 3, 30], [60, 0, 9, 9], [61, 0, 9, 9]), strict=False
    ):
        annotation["bbox"] = bbox
    dataset.annotations.write_text(json.dumps(dataset.content))
    assert cli(*dataset.options(), "-t", tmp_path, "--name", "small").code == 0
    file = define(
        """
        @metric(scope="annotation", title="Smaller side")
        def smaller_side(crop, annotation, image):
            assert min(crop.shape[:2]) >= 4
            return min(crop.shape[:2])
        """
    )
    target = ("-t", tmp_path / "small")
    assert cli("metric", "add", file, *target).code == 0
    assert cli("metric", "run", "smaller_side", *target, "--json").json["failed"] == {}
    items = cli("query", *target, "--scope", "annotation", "--fields", "smaller_side", "--json").json["items"]
    assert [item["smaller_side"] for item in items] == [None, 4, None, 8, 9, 10]


def test_table_metrics_get_the_columns_of_their_scope(project, run_file, column):
    run = run_file(
        """
        @metric(scope="image", title="Twice the brightness", table=True)
        def twice(columns):
            assert len(columns["id"]) == len(columns["meta.camera"]) == 6 and "file_name" in columns
            return columns["brightness"] * 2

        @metric(scope="annotation", title="Share of its class", table=True)
        def share_of_class(columns):
            import numpy as np

            area = columns["object_area"]
            total = {name: area[columns["class"] == name].sum() for name in set(columns["class"])}
            return [a / total[name] if name != "blue" else None for a, name in zip(area, columns["class"])]
        """
    )
    assert (run.code, run.json["failed"], run.json["measured"]) == (0, {}, 0)
    assert column("twice") == [2 * value for value in column("brightness")]
    areas = np.array(column("object_area", "annotation")).reshape(6, 3)
    shares = np.array(column("share_of_class", "annotation"), dtype=np.float64).reshape(6, 3)
    assert shares[:, :2] == pytest.approx((areas / areas.sum(axis=0))[:, :2], rel=1e-12)
    assert np.isnan(shares[:, 2]).all()


def test_items_without_a_value_come_last_and_are_counted(run_file, project, column):
    run = run_file(
        """
        @metric(scope="image", title="Only even")
        def only_even(image, info):
            return {0: info.id, 1: None}[info.id % 2]

        @metric(scope="image", title="Not a number")
        def not_a_number(image, info):
            return float("nan") if info.id == 1 else True
        """
    )
    assert (run.code, run.json["failed"]) == (0, {})
    assert column("only_even", "image", "--sort", "-only_even") == [6, 4, 2, None, None, None]
    assert column("not_a_number") == [None, 1, 1, 1, 1, 1]
    shown = project("metric", "show", "only_even", "--json").json
    assert (shown["count"], shown["nulls"], shown["mean"]) == (3, 3, 4)


def test_declared_bounds_count_outliers(run_file, project):
    declared = {
        "high": ('suspicious="high", moderate=4, severe=6', 2, 1),
        "low": ('suspicious="low", moderate=3, severe=1', 2, 1),
        "severe_only": ('suspicious="low", severe=2', 0, 2),
        "fences": ('suspicious="high"', 0, 0),
        "rank": ('kind="rank", suspicious="high"', 0, 0),
        "nothing": ("", 0, 0),
    }
    run_file(
        *(
            f'@metric(scope="image", title="T", key="t_{name}", {text})\ndef {name}(image, info):\n    return info.id\n'
            for name, (text, _, _) in declared.items()
        )
    )
    for name, (_, moderate, severe) in declared.items():
        shown = project("metric", "show", f"t_{name}", "--json").json
        assert (shown["max"], shown["moderate"], shown["severe"]) == (6, moderate, severe), name


def test_outliers_lie_beyond_fences_where_no_bounds_are_declared(run_file, project):
    run_file(
        """
        VALUES = {1: 10, 2: 11, 3: 12, 4: 13, 5: 14, 6: 1000}

        @metric(scope="image", title="A", suspicious="high")
        def upwards(image, info):
            return VALUES[info.id]

        @metric(scope="image", title="B", suspicious="low")
        def downwards(image, info):
            return VALUES[info.id]

        @metric(scope="image", title="C", suspicious="both", kind="positive")
        def on_the_logarithm(image, info):
            return {1: 1e-9, 2: 1, 3: 2, 4: 4, 5: 8, 6: 0}[info.id]
        """
    )
    severe = {key: project("metric", "show", key, "--json").json["severe"] for key in ("upwards", "downwards")}
    assert severe == {"upwards": 1, "downwards": 0}
    # ln: quartiles of 1e-9, 1, 2, 4, 8 are 0 and 2·ln 2, the low fence of severe ones e^(-5·ln 2); 1e-9 and 0 lie
    # beyond it, and 0 is the one value that lies furthest out
    assert project("metric", "show", "on_the_logarithm", "--json").json["severe"] == 1


def test_processes_give_the_same_values_and_find_neighbouring_files(define, measurer, dozen, processes):
    define("def add(image):\n    return float(image.sum()) / 7\n", name="neighbour_of_mine.py", header="")
    file = define(
        """
        @metric(scope="image", title="Sum")
        def total(image):
            from neighbour_of_mine import add

            return add(image)

        @metric(scope="annotation", title="Corner")
        def corner(crop, annotation, image):
            return annotation.id + crop[0, 0, 0] / 256
        """,
        header="from assay import metric\nfrom neighbour_of_mine import add as _add\n",
    )
    measurer.take_in(dozen)
    add_metrics(measurer.store, file, "tests")
    found = []
    for workers in (1, 2):
        assert measurer.measure("total", "corner", again=True, workers=workers)["failed"] == {}
        values = {**measurer.values("image"), **measurer.values("annotation")}
        found.append((values["total"].tobytes(), values["corner"].tobytes()))
    assert found[0] == found[1]
    sums = [measure.sum() / 7 for measure in noisy(dozen)]
    assert measurer.values("image")["total"].tolist() == pytest.approx(sums, rel=1e-12)


def noisy(dataset):
    files = [dataset.images / record["file_name"] for record in dataset.content["images"]]
    return [cv2.imread(str(file), cv2.IMREAD_COLOR).astype(np.int64) for file in files]


# ------------------------------------------------------------ when it is computed


LOGGED = '''
@metric(scope="image", title="Counted")
def counted(image, info):
    """Version {version}."""
    with open({log!r}, "a") as file:
        file.write(f"{{info.id}} ")
    return {version} * info.id
'''


def test_a_metric_is_computed_again_when_its_source_has_changed_and_only_then(project, define, tmp_path, column):
    log = tmp_path / "log"

    def calls():
        found = [int(word) for word in log.read_text().split()] if log.exists() else []
        log.unlink(missing_ok=True)
        return found

    project("metric", "add", define(LOGGED.format(version=1, log=str(log))))
    assert calls() == []
    assert project("metric", "run", "counted", "--json").json["measured"] == 6
    assert calls() == [1, 2, 3, 4, 5, 6]
    for keys in (["counted"], ["--all"], ["brightness"]):
        assert project("metric", "run", *keys, "--json").json["measured"] == 0
    assert calls() == []
    define(LOGGED.format(version=10, log=str(log)))
    run = project("metric", "run", "--all", "--json")
    assert (run.code, run.json["measured"], run.json["failed"]) == (0, 6, {})
    assert calls() == [1, 2, 3, 4, 5, 6]
    assert column("counted") == [10, 20, 30, 40, 50, 60]
    shown = project("metric", "show", "counted", "--json").json
    assert (shown["description"], shown["max"]) == ("Version 10.", 60)
    assert project("metric", "run", "--all", "--json").json["measured"] == 0
    assert project("metric", "run", "counted", "--again", "--json").json["measured"] == 6
    assert calls() == [1, 2, 3, 4, 5, 6]


def test_adding_a_file_again_brings_in_what_is_new(project, define, column):
    project("metric", "add", define(GREEN_EXCESS))
    project("metric", "run", "green_excess")
    added = project("metric", "add", define(GREEN_EXCESS, ID_OF_IMAGE), "--json")
    assert (added.code, [m["key"] for m in added.json]) == (0, ["green_excess", "number"])
    project("metric", "run", "--all")
    assert column("number") == [1, 2, 3, 4, 5, 6]


def test_images_that_are_added_get_their_values_and_tables_are_computed_anew(
    cli, project, run_file, make_dataset, column
):
    run_file(
        ID_OF_IMAGE,
        """
        @metric(scope="image", title="Rank", table=True)
        def rank(columns):
            return (-columns["id"]).argsort().argsort()
        """,
    )
    assert column("rank") == [5, 4, 3, 2, 1, 0]
    more = make_dataset(images=2, first_id=50, name="more")
    assert project(*more.options(), "--name", "colors", "--add").code == 0
    assert column("number") == [1, 2, 3, 4, 5, 6, 50, 51]
    assert column("rank") == [7, 6, 5, 4, 3, 2, 1, 0]
    shown = project("metric", "show", "rank", "--json").json
    assert (shown["count"], shown["nulls"], shown["max"]) == (8, 0, 7)


TABLE = '@metric(scope="image", title="Table", table=True)\ndef table(columns):\n    return columns["id"] * {factor}\n'


@pytest.mark.parametrize("asked", ["table", "--all"])
def test_a_changed_table_metric_is_computed_again(run_file, project, define, column, asked):
    assert run_file(TABLE.format(factor=1)).code == 0
    define(TABLE.format(factor=10))
    assert project("metric", "run", asked).code == 0
    assert column("table") == [10, 20, 30, 40, 50, 60]


def test_a_metric_that_changes_its_scope_leaves_nothing_behind(run_file, project, define, column):
    run_file('@metric(scope="image", title="A")\ndef wandering(image):\n    return 1\n')
    define('@metric(scope="annotation", title="A")\ndef wandering(crop, annotation, image):\n    return 2\n')
    assert project("metric", "run", "wandering").code == 0
    assert column("wandering", "annotation") == [2] * 18
    assert project("query", "--fields", "wandering").code == 2
    assert [m["scope"] for m in project("metric", "list", "--json").json if m["key"] == "wandering"] == ["annotation"]


# ------------------------------------------------------------ when it fails


FUSSY = '''
@metric(scope="image", title="Fussy")
def fussy(image, info):
    """Dislikes the third."""
    if info.id == 3:
        raise ValueError("no third")
    return 1.0
'''


def test_an_exception_stops_that_metric_alone_names_the_item_and_is_shown(project, define, column):
    file = define(
        FUSSY,
        GREEN_EXCESS,
        """
        @metric(scope="annotation", title="Picky")
        def picky(crop, annotation, image):
            return 1 / (annotation.id - 1007)

        @metric(scope="image", title="Broken table", table=True)
        def broken_table(columns):
            raise KeyError("nothing")
        """,
        ID_OF_IMAGE,
    )
    assert project("metric", "add", file).code == 0
    brightness = column("brightness")
    run = project("metric", "run", "--all")
    assert run.code == 1
    assert "fussy stopped: image 00002.jpg: ValueError: no third" in run.err
    assert (
        "picky stopped: image 00002.jpg: RuntimeError: annotation 1007: ZeroDivisionError: division by zero" in run.err
    )
    assert "broken_table stopped: KeyError: 'nothing'" in run.err
    assert "Traceback" not in run.err
    assert column("number") == [1, 2, 3, 4, 5, 6]
    assert None not in column("green_excess")
    assert column("brightness") == brightness
    refused(project("query", "--fields", "fussy"), 2, "fussy")  # it has no values, not even for the others
    listed = " ".join(project("metric", "list").out.split())
    assert "ValueError: no third" in listed
    run = project("metric", "run", "--all", "--json")
    assert (run.code, run.json["failed"].keys()) == (1, {"fussy", "picky", "broken_table"})


def test_a_metric_that_is_mended_is_computed_and_its_problem_forgotten(project, define, column, run_file):
    assert run_file(FUSSY, ID_OF_IMAGE).code == 1
    define(FUSSY.replace("info.id == 3", "False"), ID_OF_IMAGE)
    run = project("metric", "run", "fussy", "--json")
    assert (run.code, run.json["failed"]) == (0, {})
    assert column("fussy") == [1] * 6
    assert "no third" not in project("metric", "list").out


def test_a_metric_that_breaks_later_keeps_the_values_it_had_and_says_so(project, define, column, run_file):
    run_file(FUSSY.replace("info.id == 3", "False"))
    define(FUSSY)
    run = project("metric", "run", "fussy", "--json")
    assert (run.code, list(run.json["failed"])) == (1, ["fussy"])
    assert column("fussy") == [1] * 6
    assert "no third" in " ".join(project("metric", "list").out.split())
    assert project("metric", "run", "fussy", "--json").code == 1  # and it is tried again


def test_a_table_metric_that_breaks_later_is_tried_again_and_keeps_its_problem(project, define, run_file):
    run_file(TABLE.format(factor=1))
    define(TABLE.format(factor="nonsense"))
    for _ in range(2):
        run = project("metric", "run", "table", "--json")
        assert (run.code, run.json["failed"]) == (1, {"table": "NameError: name 'nonsense' is not defined"})
        assert "nonsense" in project("metric", "list").out


def test_an_import_does_not_fail_for_a_metric_that_does(cli, project, run_file, make_dataset, column):
    run_file(FUSSY.replace("info.id == 3", "info.id == 50"), ID_OF_IMAGE)
    more = make_dataset(images=2, first_id=50, name="more")
    run = project(*more.options(), "--name", "colors", "--add", "--json")
    assert (run.code, run.json["images"]) == (0, 2)
    assert column("number")[-2:] == [50, 51]
    assert column("fussy") == [1] * 6 + [None] * 2
    assert "no third" in " ".join(project("metric", "list").out.split())


NO_NUMBERS = [
    ('"much"', "could not convert string to float: 'much'"),
    ("float('inf')", "expected a finite number, None or NaN, got inf"),
    ("float('-inf')", "expected a finite number, None or NaN, got -inf"),
    ("[1, 2]", "TypeError"),
    ("image", "TypeError"),
    ("object()", "TypeError"),
    ("1j", "TypeError"),
    ("nowhere", "name 'nowhere' is not defined"),
]


def test_what_is_no_number_is_refused_with_the_image_that_it_was_returned_for(run_file):
    run = run_file(
        *(
            f'@metric(scope="image", title="Odd")\ndef odd_{i}(image, info):\n    return 1 if info.id < 5 else {text}\n'
            for i, (text, _) in enumerate(NO_NUMBERS)
        )
    )
    assert run.code == 1
    assert set(run.json["failed"]) == {f"odd_{i}" for i in range(len(NO_NUMBERS))}
    for i, (text, complaint) in enumerate(NO_NUMBERS):
        reason = run.json["failed"][f"odd_{i}"]
        assert reason.startswith("image 00004.jpg: "), text
        assert complaint in reason, text


NO_COLUMNS = [
    ("None", "another number of values"),
    ("3.5", "another number of values"),
    ("columns['brightness'][1:]", "shape (5,)"),
    ("[1, 2, 3, 4, 5, 6, 7]", "shape (7,)"),
    ("columns['brightness'].reshape(2, 3)", "shape (2, 3)"),
    ("columns['file_name']", "no numbers"),
    ("['a'] * 6", "no numbers"),
    ("columns['brightness'] * float('inf')", "infinite"),
    ("columns['no_such_column']", "no such key"),
    ("columns['object_area']", "belongs to annotations"),
    ("1 / 0", "ZeroDivisionError: division by zero"),
]


def test_what_is_no_column_of_numbers_is_refused(run_file, project):
    run = run_file(
        *(
            f'@metric(scope="image", title="Odd", table=True)\ndef odd_{i}(columns):\n    return {text}\n'
            for i, (text, _) in enumerate(NO_COLUMNS)
        )
    )
    assert run.code == 1
    assert set(run.json["failed"]) == {f"odd_{i}" for i in range(len(NO_COLUMNS))}
    for i, (text, complaint) in enumerate(NO_COLUMNS):
        assert complaint in run.json["failed"][f"odd_{i}"], text
    refused(project("query", "--fields", "odd_3"), 2, "odd_3")


def test_a_metric_that_kills_its_process_costs_only_that_image(define, measurer, dozen, whole, processes):
    measurer.take_in(dozen)
    file = define(
        ID_OF_IMAGE,
        """
        @metric(scope="image", title="Deadly")
        def deadly(image, info):
            import os

            return os._exit(1) if info.id == 5 else -info.id
        """,
    )
    add_metrics(measurer.store, file, "tests")
    told = measurer.measure("number", "deadly", workers=2)
    assert told["measured"] == 12
    values = measurer.values("image")
    others = [n for n in range(1, 13) if n != 5]
    assert np.isnan(values["deadly"][4])
    assert np.isnan(values["number"][4])
    assert np.delete(values["deadly"], 4).tolist() == [-n for n in others]
    assert np.delete(values["number"], 4).tolist() == others
    bits = measurer.bits()
    before = {key: column for key, column in whole[0].items() if key != "image duplicate_group_size"}
    assert {key: bits[key] for key in before} == before


def test_a_metric_that_failed_before_an_interruption_is_told_of_after_it(define, measurer, dozen, small_batches):
    measurer.take_in(dozen)
    add_metrics(measurer.store, define(FUSSY), "tests")
    context = measurer.context()
    report = context.progress

    def cancel(done, total=None):
        report(done, total)
        if context.job.stage == "Measuring pixels" and done >= 6:
            context.job.cancel.set()

    context.progress = cancel
    with pytest.raises(CancelledError):
        measure_project(context)
    told = measurer.measure()
    assert told["failed"] == {"fussy": "image 0003.png: ValueError: no third"}
    assert "fussy" not in measurer.values("image")


def test_fields_with_nan_do_not_stop_the_metrics(cli, make_dataset, define, tmp_path):
    dataset = make_dataset(images=2)
    dataset.annotations.write_text(dataset.annotations.read_text().replace('"gain": 1', '"gain": NaN'))
    target = ("-t", tmp_path / "odd")
    assert cli(*dataset.options(), "-t", tmp_path, "--name", "odd").code == 0
    cli("metric", "add", define(ID_OF_IMAGE), *target)
    run = cli("metric", "run", "number", *target, "--json")
    assert (run.code, run.json["failed"]) == (0, {})


# ------------------------------------------------------------ files


UNUSABLE = [
    ("", ["defines no metric", "a function decorated with @assay.metric"]),
    ("def plain(image):\n    return 1\n", ["defines no metric"]),
    ("from assay import metric\n", ["defines no metric"]),
    ("def broken(:\n", ["cannot be run", "SyntaxError"]),
    ("import no_such_module_anywhere\n", ["cannot be run", "ModuleNotFoundError", "no_such_module_anywhere"]),
    ("1 / 0\n", ["cannot be run", "ZeroDivisionError"]),
    ("\0", ["cannot be run"]),
]


def test_a_file_that_cannot_be_used_is_refused_by_name(project, define):
    for text, words in UNUSABLE:
        refused(project("metric", "add", define(text, header="")), 3, "mine.py", *words)
    assert project("metric", "run", "--all").code == 0


def test_files_that_are_not_there_or_no_python(project, tmp_path):
    refused(project("metric", "add", tmp_path / "nowhere.py"), 3, "nowhere.py", "No such file")
    (tmp_path / "notes.txt").write_text(GREEN_EXCESS)
    refused(project("metric", "add", tmp_path / "notes.txt"), 3, "notes.txt", ".py")
    refused(project("metric", "add", tmp_path), 3, tmp_path)


def test_the_name_of_a_built_in_metric_or_field_is_taken(project, define):
    for key in ("brightness", "object_area", "file_name", "split", "class", "track"):
        mine = f'@metric(scope="image", title="Mine", key="{key}")\ndef mine(image):\n    return 1\n'
        refused(project("metric", "add", define(mine, GREEN_EXCESS)), 2, "key is taken", key)
    listed = {m["key"] for m in project("metric", "list", "--json").json}
    assert "green_excess" not in listed  # all of a file or nothing


def test_another_files_key_is_taken_until_that_metric_is_removed(project, define, column):
    first = define(ID_OF_IMAGE, name="first.py")
    second = define(ID_OF_IMAGE.replace("info.id", "-info.id"), name="second.py")
    project("metric", "add", first)
    refused(project("metric", "add", second), 2, "number", "first.py", "assay metric remove number")
    assert project("metric", "remove", "number").code == 0
    assert project("metric", "add", second).code == 0
    project("metric", "run", "number")
    assert column("number") == [-1, -2, -3, -4, -5, -6]


CONTRADICTIONS = [
    ('scope="pixel", title="T"', ["scope is unknown", "pixel"]),
    ('scope="image", title="T", key="Not A Key"', ["plain name", "Not A Key"]),
    ('scope="image", title="T", key="1st"', ["plain name"]),
    ('scope="image", title="T", moderate=1', ["rule is incomplete", "severe"]),
    ('scope="image", title="T", severe=1', ["rule is incomplete", "suspicious"]),
    ('scope="image", title="T", suspicious="both", severe=1', ["rule is incomplete"]),
    ('scope="image"', ["title"]),
    ('title="T"', ["scope"]),
]


def test_declarations_that_contradict_themselves_are_refused(project, define):
    for declared, words in CONTRADICTIONS:
        file = define(f"@metric({declared})\ndef mine(image):\n    return 1\n")
        refused(project("metric", "add", file), 3, "mine.py", *words)


def test_the_decorator_leaves_the_function_as_it_is():
    @metric(scope="image", title="Mine", key="another_name")
    def mine(image):
        return image + 1

    assert mine(1) == 2
    assert mine.__name__ == "mine"
    with pytest.raises(UsageError, match="scope is unknown"):
        metric(scope="prediction", title="No")


def test_a_removed_metric_is_gone_with_its_values(project, define, column, run_file):
    run_file(GREEN_EXCESS, ID_OF_IMAGE)
    run = project("metric", "remove", "Green excess")
    assert (run.code, run.out) == (0, "Green excess is removed.\n")
    refused(project("query", "--fields", "green_excess"), 2, "green_excess")
    refused(project("metric", "show", "green_excess"), 2, "green_excess")
    assert "green_excess" not in {m["key"] for m in project("metric", "list", "--json").json}
    assert column("number") == [1, 2, 3, 4, 5, 6]
    assert project("metric", "run", "--all", "--json").json["measured"] == 0
    assert project("metric", "add", define(GREEN_EXCESS)).code == 0
    assert project("metric", "run", "green_excess", "--json").json["measured"] == 6
    assert len(column("green_excess")) == 6


def test_what_cannot_be_removed(project):
    refused(project("metric", "remove", "brightness"), 2, "built-in", "brightness")
    refused(project("metric", "remove", "brightnes"), 2, "brightnes", "Did you mean 'brightness'?")


def test_a_file_that_is_gone_is_told_of_and_the_others_go_on(project, define, run_file, column):
    run_file(GREEN_EXCESS, name="first.py")
    second = define(ID_OF_IMAGE, name="second.py")
    project("metric", "add", second)
    define(name="first.py").unlink()
    run = project("metric", "run", "--all", "--json")
    assert (run.code, list(run.json["failed"])) == (1, ["green_excess"])
    assert "first.py" in run.json["failed"]["green_excess"]
    assert column("number") == [1, 2, 3, 4, 5, 6]
    assert None not in column("green_excess")  # what it had stays
    define(FUSSY, name="first.py")
    run = project("metric", "run", "--all", "--json")
    assert "does not define it any more" in run.json["failed"]["green_excess"]
    define(GREEN_EXCESS, name="first.py")
    assert project("metric", "run", "--all", "--json").json["failed"] == {}


def test_unknown_names_are_refused_before_anything_runs(project, define):
    project("metric", "add", define(GREEN_EXCESS, GREEN_EXCESS.replace("green_excess", "other")))
    refused(project("metric", "run", "green_exces"), 2, "green_exces", "Did you mean 'green_excess'?")
    refused(project("metric", "run", "green excess"), 2, "Several metrics", "green_excess or other")


# ------------------------------------------------------------ packages


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Install packages' metrics: `install("package_x:metric_y")`; their modules are files below the test's folder."""
    monkeypatch.syspath_prepend(tmp_path / "site")
    (tmp_path / "site").mkdir()

    def offer(*values):
        points = [importlib.metadata.EntryPoint(value, value, "assay.metrics") for value in values]
        monkeypatch.setattr(
            importlib.metadata, "entry_points", lambda group: points if group == "assay.metrics" else []
        )
        importlib.invalidate_caches()

    return offer


@pytest.fixture
def package(tmp_path):
    """Write the module of a package."""

    def write(name, *parts):
        (tmp_path / "site" / f"{name}.py").write_text("from assay import metric\n" + "\n".join(parts))

    return write


def test_metrics_of_installed_packages_are_there_by_themselves(project, install, package, column):
    package("greens_of_assay", GREEN_EXCESS, ID_OF_IMAGE)
    install("greens_of_assay:green_excess", "greens_of_assay:number")
    run = project("metric", "run", "--all", "--json")
    assert (run.code, run.json["failed"], run.json["measured"]) == (0, {}, 6)
    assert column("number") == [1, 2, 3, 4, 5, 6]
    assert project("metric", "show", "green_excess", "--json").json["count"] == 6
    assert project("metric", "run", "--all", "--json").json["measured"] == 0
    install()
    run = project("metric", "run", "--all", "--json")
    assert (run.code, run.json["failed"].keys()) == (1, {"green_excess", "number"})
    assert "greens_of_assay" in run.json["failed"]["number"]
    assert column("number") == [1, 2, 3, 4, 5, 6]


def test_packages_metrics_that_cannot_be_used_stop_nothing_else(project, install, package, define, column):
    package("plain_of_assay", "def plain(image):\n    return 1\n")
    package("broken_of_assay", "1 / 0\n")
    package("sound_of_assay", ID_OF_IMAGE)
    unusable = ("no_such_package_of_assay:f", "plain_of_assay:plain", "broken_of_assay:number")
    install(*unusable, "sound_of_assay:number")
    project("metric", "add", define(GREEN_EXCESS))
    run = project("metric", "run", "--all")
    for value in unusable:
        assert value.split(":")[0] in run.err
    assert column("number") == [1, 2, 3, 4, 5, 6]
    assert None not in column("green_excess")


def test_a_packages_metric_of_a_built_in_name_stops_nothing_else(project, install, package, define, column):
    package("clash_of_assay", '@metric(scope="image", title="Mine")\ndef brightness(image):\n    return 7\n')
    install("clash_of_assay:brightness")
    before = column("brightness")
    project("metric", "add", define(GREEN_EXCESS))
    run = project("metric", "run", "--all")
    assert "brightness" in run.err
    assert None not in column("green_excess")
    assert column("brightness") == before


def test_a_packages_metric_of_a_built_in_name_does_not_keep_the_built_in_one_from_running(project, install, package):
    package("clash_of_assay", '@metric(scope="image", title="Mine")\ndef brightness(image):\n    return 7\n')
    install("clash_of_assay:brightness")
    run = project("metric", "run", "brightness", "--again", "--json")
    assert (run.json["metrics"], run.json["measured"]) == (["brightness"], 6)
