"""What a metric that a person writes gets and gives."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
from tests.unit.jobs.custom_metrics.samples import GREEN_EXCESS

from assay.jobs.engine.custom import add_metrics


def pixels_of(workspace):
    files = sorted((workspace / "colors" / "images").glob("*.jpg"))
    return [cv2.cvtColor(cv2.imread(str(file), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB) for file in files]


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
