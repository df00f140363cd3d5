"""What happens when metrics that a person writes fail."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.jobs.custom_metrics.samples import FUSSY, GREEN_EXCESS, ID_OF_IMAGE, TABLE, refused

from assay.errors import CancelledError
from assay.jobs.engine.custom import add_metrics
from assay.jobs.engine.run import measure_project


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
