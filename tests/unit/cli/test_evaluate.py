"""`assay import predictions`, `predictions` and `evaluate` keep their contracts on the command line."""

from __future__ import annotations

import csv
import json

import pytest

import assay


@pytest.fixture
def predicted(workspace, dataset, tmp_path, cli):
    """The project `colors` with a perfect set of predictions for its first five images, but for two strays."""
    content = json.loads(dataset.annotations.read_text())
    records = [
        {"image_id": a["image_id"], "category_id": a["category_id"], "bbox": a["bbox"], "score": 0.9}
        for a in content["annotations"]
        if a["image_id"] < 6
    ]
    records += [{"image_id": 1, "category_id": 10, "bbox": [40, 30, 9, 9], "score": s} for s in (0.3, 0.2)]
    file = tmp_path / "results.json"
    file.write_text(json.dumps(records))
    project = workspace / "colors"
    done = cli("import", "predictions", "--coco", file, "--name", "perfect", "-t", project, "--json")
    assert (done.json["prediction_set"], done.json["predictions"], done.json["skipped"]) == ("perfect", 17, {})
    return project


def test_evaluate_keeps_its_contract(cli, predicted):
    base = ("evaluate", "-t", predicted, "--predictions", "perfect")
    run = cli(*base, "--iou", "0.5", "--confidence", "0", "--json")
    assert run.code == 0, run.err
    found = run.json
    assert list(found) == [
        "iou", "confidence", "mAP", "mAR", "tp", "fp", "fn", "precision", "recall", "f1", "annotations", "coverage",
        "interval", "coco", "per_class", "errors", "warnings", "operating_point",
    ]  # fmt: skip
    assert (found["tp"], found["fp"], found["fn"], found["annotations"]) == (15, 2, 3, 18)
    assert found["recall"] == pytest.approx(15 / 18)
    assert found["coverage"] == pytest.approx(5 / 6)
    assert list(found["coco"]) == [
        "AP",
        "AP50",
        "AP75",
        "APs",
        "APm",
        "APl",
        "AR1",
        "AR10",
        "AR100",
        "ARs",
        "ARm",
        "ARl",
    ]
    assert set(found["per_class"][0]) == {"class_id", "class", "ap", "ar", "tp", "fp", "fn"}
    assert found["errors"]["background"]["count"] == 2
    assert found["errors"]["missed"] == {"count": 3, "dap": pytest.approx(1 - found["mAP"])}
    covered = cli("evaluate", "-t", predicted, "--predictions", "perfect", "--covered", "--confidence", "0.5", "--json")
    assert (covered.json["tp"], covered.json["fp"], covered.json["fn"], covered.json["mAP"]) == (15, 0, 0, 1.0)


def test_the_operating_point_is_told_shown_and_set(cli, predicted):
    base = ("evaluate", "-t", predicted, "--predictions", "perfect")
    found = cli(*base, "--json").json
    assert (found["confidence"], found["tp"], found["fp"], found["fn"]) == (0.9, 15, 0, 3)
    assert found["operating_point"] == {"confidence": 0.9, "by_hand": False}
    assert "confidence ≥ 0.9 (operating point)" in cli(*base).out
    assert "confidence ≥ 0 (operating point: 0.9)" in cli(*base, "--confidence", "0").out
    choose = ("predictions", "set", "-t", predicted, "perfect", "--confidence")
    assert cli(*choose, "0.3", "--json").json["operating_points"] == {"bbox": {"confidence": 0.3, "by_hand": True}}
    assert "confidence ≥ 0.3 (operating point, set by hand)" in cli(*base).out
    assert "0.3 (by hand)" in cli("predictions", "show", "-t", predicted, "perfect").out
    assert (
        len(cli("query", "-t", predicted, "--scope", "prediction", "--predictions", "perfect", "--json").json["items"])
        == 16
    )
    assert cli(*choose, "most").code == cli(*choose, "2").code == 2
    assert "counts from 0.9 on" in cli(*choose, "best").out


def test_thresholds_are_written_by_the_ending_of_the_file(cli, predicted, tmp_path):
    base = ("evaluate", "-t", predicted, "--predictions", "perfect")
    assert cli(*base, "--thresholds", tmp_path / "t.csv", "--min-recall", "0.5").code == 0
    rows = list(csv.DictReader((tmp_path / "t.csv").open()))
    assert {row["class"]: row["confidence"] for row in rows}["red"] == "0.9"
    assert cli(*base, "--thresholds", tmp_path / "t.json").code == 0
    assert json.loads((tmp_path / "t.json").read_text())["rule"] == "f1"
    assert cli(*base, "--thresholds", tmp_path / "t.txt").code == 2
    assert cli(*base, "--min-recall", "0.5").code == 2


def test_evaluate_tells_importance_bins_and_operating_points(cli, predicted, tmp_path):
    points = tmp_path / "points.csv"
    run = cli(
        "evaluate", "-t", predicted, "--predictions", "perfect", "--importance", "--by", "confidence", "--bins", "4",
        "--confidence", "0", "--operating-points", points, "--json",
    )  # fmt: skip
    assert {"metric", "scope", "importance", "significant", "correlation"} <= set(run.json["importance"][0])
    assert [set(each) for each in run.json["by_metric"]] == [
        {"low", "high", "predictions", "precision", "annotations", "fnr"}
    ] * 4
    assert sum(each["predictions"] for each in run.json["by_metric"]) == 17
    rows = list(csv.DictReader(points.open()))
    assert [(r["class"], float(r["confidence"]), r["tp"], r["fp"]) for r in rows if r["class"] == "red"] == [
        ("red", 0.9, "5", "0"),
        ("red", 0.3, "5", "1"),
        ("red", 0.2, "5", "2"),
    ]


@pytest.fixture
def compared(predicted, cli, tmp_path):
    """A second set, `worse`: without the strays, and without what is in the third image."""
    records = [
        r for r in json.loads((tmp_path / "results.json").read_text()) if r["image_id"] != 3 and r["score"] > 0.5
    ]
    file = tmp_path / "worse.json"
    file.write_text(json.dumps(records))
    done = cli("import", "predictions", "--coco", file, "--name", "worse", "-t", predicted, "--json")
    assert done.json["predictions"] == 12
    return predicted


def test_two_sets_are_compared(cli, compared):
    run = cli(
        "evaluate", "-t", compared, "--predictions", "perfect", "--compare", "worse", "--confidence", "0", "--json"
    )
    assert run.code == 0, run.err
    told = run.json["compare"]
    assert (told["first"], told["second"]) == ("perfect", "worse")
    assert {n: told["numbers"][n]["difference"] for n in ("tp", "fp", "fn")} == {"tp": -3, "fp": -2, "fn": 3}
    assert {word: each["count"] for word, each in told["changed"].items()} == {
        "fixed": 1, "broken": 1, "wrong": 1, "right": 3,
    }  # fmt: skip
    run = cli("evaluate", "-t", compared, "--predictions", "perfect", "--compare", "worse")
    for words in (
        "confidence: perfect from 0.9, worse from 0.9",
        "difference",
        "compared:broken",
        "right in both",
        "-3",
    ):
        assert words in run.out
    assert "worse covers 66.7% of these images" in run.err
    assert cli("evaluate", "-t", compared, "--predictions", "perfect", "--compare", "perfect").code == 2
    both = ("evaluate", "-t", compared, "--predictions", "perfect", "--compare", "worse", "--confidence", "0")
    told = cli(*both, "--compared-confidence", "0.95", "--json").json["compare"]
    assert (told["confidences"], told["numbers"]["tp"]["second"]) == ([0, 0.95], 0)
    broken = ("query", "-t", compared, "compared:broken", *both[3:], "--compared-confidence", "0.95", "--json")
    assert cli(*broken).json["total"] == told["changed"]["broken"]["count"]
    lone = cli("evaluate", "-t", compared, "--predictions", "perfect", "--compared-confidence", "0.5")
    assert (lone.code, "--compare NAME" in lone.err) == (2, True)
    assert cli("evaluate", "-t", compared, "--predictions", "perfect", "--compare", "none").code == 2


def test_slices_are_told_with_their_queries(cli, predicted):
    run = cli("evaluate", "-t", predicted, "--predictions", "perfect", "--slices", "--json")
    assert run.json["slices"] == []  # 17 predictions are too few for one
    assert "No weak slices" in cli("evaluate", "-t", predicted, "--predictions", "perfect", "--slices").out


def test_sigmas_are_taken_and_assumed_ones_told(cli, workspace, tmp_path):
    (tmp_path / "images").mkdir()
    points = [10, 10, 2, 30, 10, 2, 10, 30, 2]
    shared = {"image_id": 1, "category_id": 1, "keypoints": points}
    (tmp_path / "truth.json").write_text(
        json.dumps(
            {
                "images": [{"id": 1, "file_name": "1.jpg", "width": 50, "height": 50}],
                "annotations": [{"id": 1, "bbox": [10, 10, 20, 20], "area": 400, "num_keypoints": 3, **shared}],
                "categories": [{"id": 1, "name": "tri", "keypoints": ["a", "b", "c"], "skeleton": []}],
            }
        )
    )
    moved = [each + 2 if n % 3 == 0 else each for n, each in enumerate(points)]
    (tmp_path / "found.json").write_text(json.dumps([shared | {"keypoints": moved, "score": 0.5}]))
    source = ("--coco", "-i", tmp_path / "images", "-a", tmp_path / "truth.json")
    assert cli("import", "project", *source, "-t", workspace, "--name", "tri").code == 0
    target = ("-t", workspace / "tri", "--predictions", "found", "--task", "keypoints")
    cli("import", "predictions", "--coco", tmp_path / "found.json", "--name", "found", "-t", workspace / "tri")
    run = cli("evaluate", *target, "--json")
    assert "No keypoint sigmas are known of tri" in run.err
    few = "Too few objects for a 95 % interval of mAP, mAR, tp, fp, fn, precision, recall, f1."
    assert run.json["warnings"] == ["No keypoint sigmas are known of tri: 0.05 is taken for each keypoint.", few]
    assert run.json["interval"] is None
    # two px off at each keypoint: exp(-4 / (2 · 400 · (2 · sigma)²)) is .61 for a sigma of .05 and .25 for .03
    assert run.json["tp"] == 1
    run = cli("evaluate", *target, "--sigmas", ".03,.03,.03", "--json")
    assert (run.json["tp"], run.json["warnings"], run.err.strip()) == (0, [few], f"Warning: {few}")
    for sigmas, right in ((None, 1), (".03,.03,.03", 0), (".05,.05,.05", 1)):
        given = () if sigmas is None else ("--sigmas", sigmas)
        for query, count in (("outcome:tp", right), ("outcome:fp", 1 - right)):
            run = cli("query", query, *target, "--scope", "prediction", "--covered", *given, "--json")
            assert run.json["total"] == count, (sigmas, query)
        with assay.open(workspace / "tri") as project:
            numbers = None if sigmas is None else [float(each) for each in sigmas.split(",")]
            found = project.predictions("found", task="keypoints", sigmas=numbers)
            assert len(found.where("outcome:tp")) == right, sigmas
            assert (
                len(project.annotations.evaluated_by("found", task="keypoints", sigmas=numbers).where("outcome:fn"))
                == 1 - right
            )
    assert "positive numbers" in cli("query", *target, "--sigmas", "wide").err


def test_the_terminal_shows_tables(cli, predicted):
    run = cli("evaluate", "-t", predicted, "--predictions", "perfect", "-q", "class:red", "--importance")
    assert run.code == 0, run.err
    for word in ("mAP", "AP50", "background", "red", "significant" if "significant" in run.out else "importance"):
        assert word in run.out
    assert "covers 83.3%" in run.err


def test_a_filter_that_leaves_no_image_is_told_in_words_instead_of_empty_tables(cli, predicted):
    run = cli("evaluate", "-t", predicted, "--predictions", "perfect", "-q", "brightness<0", "--slices")
    assert run.code == 0
    assert "No image is left to evaluate" in run.out
    assert "AP50" not in run.out


def test_wrong_calls_say_what_is_wrong(cli, predicted, tmp_path):
    base = ("evaluate", "-t", predicted, "--predictions")
    assert cli(*base, "none").code == 2
    assert cli(*base, "perfect", "--iou", "2").code == 2
    assert cli(*base, "perfect", "--by", "nothing").code == 2
    assert cli(*base, "perfect", "-q", "outcome:fp").code == 2
    assert cli(*base, "perfect", "--task", "keypoints", "--sigmas", "0.1;0.2").code == 2
    assert cli(*base, "perfect", "--task", "keypoints", "--sigmas", "0.1,0").code == 2
    assert "--task keypoints" in cli(*base, "perfect", "--sigmas", "0.1").err  # boxes have none
    assert cli("import", "predictions", "--coco", tmp_path / "no.json", "--name", "x", "-t", predicted).code == 3
    bad = tmp_path / "bad.json"
    bad.write_text('[{"image_id": 1, "category_id": 99, "bbox": [1, 1, 2, 2], "score": 0.5}]')
    run = cli("import", "predictions", "--coco", bad, "--name", "x", "-t", predicted)
    assert run.code == 3
    assert "unknown_class" in run.err
    skipped = cli("import", "predictions", "--coco", bad, "--name", "x", "-t", predicted, "--skip-invalid", "--json")
    told = skipped.json
    assert (told["prediction_set"], told["predictions"], told["skipped"]) == ("x", 0, {"unknown_class": 1})


def test_sets_are_listed_shown_renamed_and_removed(cli, predicted):
    assert [s["name"] for s in cli("predictions", "list", "-t", predicted, "--json").json] == ["perfect"]
    assert cli("predictions", "show", "perfect", "-t", predicted, "--json").json["predictions"] == 17
    assert cli("predictions", "rename", "perfect", "good", "-t", predicted).code == 0
    assert "good" in cli("predictions", "list", "-t", predicted).out
    assert cli("predictions", "remove", "good", "-t", predicted).code == 0
    assert cli("predictions", "list", "-t", predicted, "--json").json == []
    assert cli("predictions", "show", "good", "-t", predicted).code == 2
