"""Classification on the command line and from Python: import, predictions, evaluation keep their contracts."""

from __future__ import annotations

import shutil

import pytest
from tests.unit.classified import PETS, write_pictures, write_table

import assay

SCORES = [(name, label, 0.9) for name, label in PETS.items()]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Five pictures of three classes, and results for four of them, one of them wrong."""
    folder = tmp_path_factory.mktemp("pets")
    write_pictures(folder / "pets", PETS)
    rows = [*SCORES[:3], ("eel/d.png", "cat", 0.4)]
    write_table(folder / "good.csv", ("file_name", "label", "confidence"), rows)
    write_table(folder / "bad.csv", ("file_name", "label", "confidence"), [*rows, ("none.png", "cat", 2)])
    with assay.import_folder(folder / "pets", folder / "work") as project:
        done = project.import_predictions(folder / "good.csv", "good", format="csv")
        assert done["predictions"] == 4
    return folder


def test_importing_a_folder_or_a_table_prints_what_importing_coco_does(cli, made, tmp_path):
    run = cli("import", "project", "--folder", made / "pets", "-t", tmp_path, "--json")
    assert (run.code, run.err) == (0, "")
    assert set(run.json) == {"project", "images", "annotations", "classes", "skipped", "warnings"}
    assert (run.json["images"], run.json["annotations"], run.json["classes"]) == (5, 5, 3)
    table = write_table(made / "pets" / "labels.csv", ("file", "kind"), PETS.items())
    run = cli(
        "import", "project", "--csv", table, "--path-column", "file", "--label-column", "kind", "--name", "rows",
        "--split", "val", "-t", tmp_path,
    )  # fmt: skip
    assert (run.code, "5 images, 5 annotations, 3 classes" in run.out) == (0, True), run.err
    columns = ("--path-column", "fil", "--label-column", "kind")
    wrong = cli("import", "project", "--csv", table, *columns, "--name", "wrong", "-t", tmp_path)
    assert (wrong.code, "Did you mean file?" in wrong.err) == (3, True)
    table.unlink()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "format is missing"),
        (["--coco", "--folder", "x"], "one of the formats"),
        (["--coco", "-i", "x"], "--coco needs -a"),
        (["--folder", "x", "-a", "y"], "no meaning with --folder"),
        (["--folder", "x", "--id-column", "y"], "no meaning with --folder"),
        (["--folder", "x", "--box-columns", "y"], "no meaning with --folder"),
        (["--folder", "x", "--splits", "a,b", "--no-splits"], "one of --splits and --no-splits"),
        (["--csv", "x", "--no-splits"], "--no-splits has no meaning with --csv"),
        (["--coco", "--splits", "a"], "--splits has no meaning with --coco"),
    ],
)
def test_options_that_do_not_go_together_are_usage_errors(cli, tmp_path, options, message):
    run = cli("import", "project", "-t", tmp_path, *options)
    assert (run.code, run.out) == (2, "")
    assert message in run.err


ODD = ("train/cat/1.png", "val/cat/2.png", "misc/3.png")


def classes_of(workspace, name):
    with assay.open(workspace / name) as project:
        return [c["name"] for c in project.classes]


def test_splits_of_a_folder_are_chosen_by_options(cli, tmp_path):
    base = ("import", "project", "--folder", write_pictures(tmp_path / "odd", ODD), "-t", tmp_path, "--json", "--name")
    run = cli(*base, "taken")
    assert (run.code, run.json["classes"], "--no-splits" in run.err) == (0, 1, True)
    run = cli(*base, "none", "--no-splits")
    assert (run.code, run.err, classes_of(tmp_path, "none")) == (0, "", ["misc", "train", "val"])
    run = cli(*base, "some", "--splits", "train, val")
    assert (run.code, run.err, classes_of(tmp_path, "some")) == (0, "", ["cat"])
    run = cli(*base, "bad", "--splits", "train,extra")
    assert (run.code, "some of the folders misc, train, val" in run.err, "extra" in run.err) == (3, True, True)
    assert not (tmp_path / "bad").exists()


class Answer:
    """Stands for a menu: gives an answer, remembers what was offered."""

    def __init__(self, value):
        self.value, self.titles, self.checked = value, [], []

    def __call__(self, _question, choices, **_more):
        self.titles = [choice.title for choice in choices]
        self.checked = [choice.value for choice in choices if choice.checked]
        return self

    def ask(self):
        return self.value


@pytest.mark.parametrize(
    ("answer", "marked", "classes"),
    [("recognised", None, ["cat"]), ("none", None, ["misc", "train", "val"]), ("some", ["train"], ["cat"]),
     ("some", None, None), (None, None, None)],
)  # fmt: skip
def test_on_a_terminal_an_odd_folder_is_asked_about(cli, tmp_path, monkeypatch, answer, marked, classes):
    menu, boxes = Answer(answer), Answer(marked)
    monkeypatch.setattr("questionary.select", menu)
    monkeypatch.setattr("questionary.checkbox", boxes)
    for stream in ("stdin", "stdout"):
        monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True)
    folder = write_pictures(tmp_path / "odd", ODD)
    run = cli("import", "project", "--folder", folder, "-t", tmp_path, "--name", "asked")
    assert menu.titles[0] == "Splits train, val; classes cat; 1 of 3 images without a label"
    if answer == "some":
        assert (boxes.titles, boxes.checked) == (["misc", "train", "val"], ["train", "val"])
    if classes is None:
        assert (run.code, (tmp_path / "asked").exists()) == (1, False)
    else:
        assert (run.code, classes_of(tmp_path, "asked"), "To choose otherwise" in run.err) == (0, classes, False)


def test_on_a_terminal_a_plain_folder_is_not_asked_about(cli, made, tmp_path, monkeypatch):
    for stream in ("stdin", "stdout"):
        monkeypatch.setattr(f"sys.{stream}.isatty", lambda: True)
    menu = Answer(None)
    monkeypatch.setattr("questionary.select", menu)
    run = cli("import", "project", "--folder", made / "pets", "-t", tmp_path)
    assert (run.code, menu.titles) == (0, []), run.err


def test_predictions_keep_the_contract_of_coco_results(cli, made):
    base = ("import", "predictions", "-t", made / "work", "--name", "bad", "--csv", made / "bad.csv")
    refused = cli(*base)
    assert (refused.code, "score_out_of_range (row 5" in refused.err) == (3, True)
    run = cli(*base, "--skip-invalid", "--json")
    assert run.json == {
        "prediction_set": "bad", "predictions": 4, "skipped": {"score_out_of_range": 1}, "matched_by": {"file_name": 4},
        "source": None, "warnings": ["4 records were matched with images by file names."], "faults": {},
    }  # fmt: skip
    assert cli("predictions", "show", "bad", "-t", made / "work", "--json").json["kind"] == "classification"
    assert cli("predictions", "remove", "bad", "-t", made / "work").code == 0
    assert cli(*base[:-2]).code == 2
    assert cli(*base, "--coco", made / "bad.csv").code == 2


def test_evaluate_knows_the_set_and_keeps_its_contract(cli, made):
    run = cli("evaluate", "-t", made / "work", "--predictions", "good", "--json")
    assert run.code == 0, run.err
    found = run.json
    assert list(found) == [
        "task", "confidence", "accuracy", "macro", "weighted", "top_k", "correct", "misclassified", "unpredicted",
        "ignored", "images", "coverage", "intervals", "ece", "per_class", "confusion", "calibration",
        "warnings", "operating_point",
    ]  # fmt: skip
    assert (found["task"], found["accuracy"], found["top_k"], found["coverage"]) == ("classification", 0.75, None, 0.8)
    assert [found[key] for key in ("correct", "misclassified", "unpredicted", "ignored", "images")] == [3, 1, 1, 0, 5]
    assert found["per_class"][0] == {
        "class_id": 0, "class": "cat", "precision": pytest.approx(2 / 3), "recall": 1.0, "f1": pytest.approx(0.8),
        "support": 2,
    }  # fmt: skip
    assert found["confusion"] == {"classes": ["cat", "dog", "eel"], "matrix": [[2, 0, 0], [0, 1, 0], [1, 0, 0]]}
    assert found["ece"] == pytest.approx((3 * 0.1 + 0.4) / 4)
    assert set(found["intervals"]) == {"accuracy", "macro_precision", "macro_recall", "macro_f1", "weighted_f1"}
    with assay.open(made / "work" / "pets") as project:
        assert (
            project.evaluate("good")["accuracy"] == project.evaluate("good", task="classification")["accuracy"] == 0.75
        )


def test_evaluate_tells_importance_and_accuracy_by_a_metric(cli, made):
    base = ("evaluate", "-t", made / "work", "--predictions", "good")
    found = cli(*base, "--importance", "--by", "confidence", "--bins", "2", "--json").json
    assert {tuple(each) for each in found["importance"]} == {
        ("metric", "scope", "importance", "significant", "correlation")
    }
    assert [(b["images"], b["accuracy"]) for b in found["by_metric"]] == [(1, 0.0), (3, 1.0)]
    assert list(found["by_metric"][0]) == ["low", "high", "images", "accuracy"]
    run = cli(*base, "--importance", "--by", "brightness", "--covered")
    assert run.code == 0, run.err
    for word in ("accuracy", "macro F1", "misclassified", "weighted", "brightness", "eel"):
        assert word in run.out


@pytest.mark.parametrize("task", [None, "classification"])
def test_queries_speak_of_classifications_with_their_task_or_without(cli, made, task):
    given = () if task is None else ("--task", task)
    run = cli(
        "query", "outcome:fp", *given, "-t", made / "work", "--scope", "prediction", "--predictions", "good", "--json"
    )
    assert run.code == 0, run.err
    assert run.json["total"] == 1
    with assay.open(made / "work" / "pets") as project:
        assert len(project.predictions("good", task=task).where("outcome:fp")) == 1
        assert len(project.annotations.evaluated_by("good", task=task).where("reason:class")) == 1


def test_weak_slices_of_classifications_are_told(cli, made):
    base = ("evaluate", "-t", made / "work", "--predictions", "good", "--slices")
    assert cli(*base, "--json").json["slices"] == []
    assert "No weak slices" in cli(*base).out


def test_wrong_calls_say_what_is_wrong(cli, made, tmp_path):
    base = ("evaluate", "-t", made / "work", "--predictions")
    assert cli(*base, "none").code == 2
    assert cli(*base, "good", "--task", "bbox").code == 2
    assert cli(*base, "good", "--by", "nothing").code == 2
    assert cli(*base, "good", "-q", "shape:label").code == 2
    assert cli(*base, "good", "--operating-points", tmp_path / "points.csv").code == 2


def test_a_prediction_of_a_class_that_a_refresh_has_taken_away_counts_as_none(tmp_path):
    folder = write_pictures(tmp_path / "pets", PETS)
    table = write_table(tmp_path / "p.csv", ("file_name", "label"), [("cat/a.png", "eel"), ("cat/b.png", "cat")])
    with assay.import_folder(folder, tmp_path / "work") as project:
        project.import_predictions(table, "strange", format="csv")
        assert project.evaluate("strange")["misclassified"] == 1
        shutil.rmtree(folder / "eel")
        assert project.refresh()["images"]["removed"] == 2
        found = project.evaluate("strange")
        assert [found[key] for key in ("correct", "misclassified", "unpredicted")] == [1, 0, 2]
        assert project.evaluate("strange", query="class:dog")["accuracy"] is None
