"""Classifications through the API: what is taken in, numbers equal to scikit-learn's, filters, outcomes of items."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sk
from starlette.testclient import TestClient
from tests.conftest import holder
from tests.unit.classified import write_table

from assay.api.app import App
from assay.api.asgi import create_api
from assay.evaluation.cells import count_cells
from assay.evaluation.classification.drawn import MEANS, intervals_of_means

DATA = Path(os.environ.get("ASSAY_TEST_DATA", Path(__file__).parents[4] / "shared" / "data")) / "cifar10n-train-5000"
ROUTE = "/api/projects/pets"
CLASSES = ("ant", "bee", "cat", "dog", "eel", "fly")
IMAGES = 60


def finish(client: TestClient, answer: Any) -> dict[str, Any]:
    assert answer.status_code == 202, answer.text
    while (state := client.get(f"/api/jobs/{answer.json()['id']}").json())["status"] in ("queued", "running"):
        pass
    return state  # type: ignore[no-any-return]


def import_table(client: TestClient, table: Path, name: str, **more: Any) -> dict[str, Any]:
    body = {"table": str(table), "images": str(table.parent), "name": name, **more}
    return finish(client, client.post("/api/projects/import/csv", json=body))


def draw_case() -> tuple[list[str], np.ndarray]:
    """Return labels and probabilities of half as many steps as could tell all apart, so that there are ties."""
    draw = np.random.default_rng(8)
    labels = [CLASSES[i] for i in draw.integers(0, 5, IMAGES)]  # nothing is a fly
    chances = draw.integers(0, 8, (IMAGES, len(CLASSES))).astype(np.float64)
    for at, label in enumerate(labels):
        chances[at, CLASSES.index(label)] += draw.integers(0, 8)
    return labels, np.round(chances / (chances.sum(axis=1, keepdims=True) + 1e-9), 3)


LABELS, CHANCES = draw_case()
PREDICTED = [CLASSES[i] for i in CHANCES.argmax(axis=1)]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    opened = App(tmp_path_factory.mktemp("classified"), holder())
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def client(app: App, tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """The project `pets`: 60 images, one of two labels, one of none, and the set `clever` for all of them but two.

    Image n, counted from 0, has the id 100 + n; `weight` is n. The image of two labels is the 61st, that of none the
    62nd. `clever` says nothing of the images 58 and 59.
    """
    folder = tmp_path_factory.mktemp("tables")
    client = TestClient(create_api(app), base_url="http://localhost")
    rows = [(100 + n, f"{n}.png", label, n, "odd" if n % 2 else "even") for n, label in enumerate(LABELS)]
    rows += [(160, "60.png", "ant", 60, "odd"), (160, "60.png", "bee", 60, "odd"), (161, "61.png", "", 61, "odd")]
    labels = write_table(folder / "labels.csv", ("id", "file", "class", "weight", "kind"), rows)
    assert import_table(client, labels, "pets", path_column="file", label_column="class")["status"] == "done"
    # classes are those of labels: `fly` must be one, too
    more = write_table(folder / "more.csv", ("id", "file", "class", "kind"), [(200, "fly.png", "fly", "extra")])
    import_table(client, more, "pets", path_column="file", label_column="class", add=True)
    chances = [(100 + n, *CHANCES[n]) for n in range(IMAGES - 2)]
    chances += [(n, 0.7, 0.3, 0, 0, 0, 0) for n in (160, 161)]
    clever = write_table(folder / "clever.csv", ("image_id", *(f"p:{name}" for name in CLASSES)), chances)
    state = finish(client, take_in(client, clever, "clever"))
    assert state["result"] == {
        "prediction_set": "clever", "predictions": 60, "skipped": {}, "examples": {}, "matched_by": {"id": 60},
        "source": None, "warnings": [], "faults": {},
    }  # fmt: skip
    return client


def take_in(client: TestClient, file: Path, name: str, **more: Any) -> Any:
    body = {"path": str(file), "name": name, "format": "csv", **more}
    return client.post(f"{ROUTE}/predictions/import", json=body)


def evaluate(client: TestClient, path: str = "", expect: int = 200, **params: Any) -> dict[str, Any]:
    answer = client.get(f"{ROUTE}/evaluation{path}", params={"predictions": "clever", **params})
    assert answer.status_code == expect, answer.text
    found: dict[str, Any] = answer.json()
    return found


def check_like_scikit_learn(found: dict[str, Any], labels: Any, predicted: Any) -> None:
    assert found["accuracy"] == pytest.approx(sk.accuracy_score(labels, predicted), abs=1e-12)
    names = [each["class"] for each in found["per_class"]]
    assert sorted(names) == sorted({*labels, *predicted})
    expected = sk.precision_recall_fscore_support(labels, predicted, labels=names, zero_division=0)
    for key, values in zip(("precision", "recall", "f1", "support"), expected, strict=True):
        assert [each[key] for each in found["per_class"]] == pytest.approx(values.tolist(), abs=1e-12)
    for how in ("macro", "weighted"):
        average = sk.precision_recall_fscore_support(labels, predicted, average=how, zero_division=0)[:3]
        assert list(found[how].values()) == pytest.approx(average, abs=1e-12)
    confusion = found["confusion"]
    assert confusion["matrix"] == sk.confusion_matrix(labels, predicted, labels=confusion["classes"]).tolist()


# ------------------------------------------------------------ numbers


def test_all_numbers_are_those_of_scikit_learn(client):
    found = evaluate(client)
    labels, predicted = LABELS[:-2], PREDICTED[:-2]
    check_like_scikit_learn(found, labels, predicted)
    correct = sum(map(str.__eq__, labels, predicted))
    assert (found["correct"], found["misclassified"], found["unpredicted"]) == (correct, 58 - correct, 3)
    assert (found["ignored"], found["several_labels"], found["unlabelled"]) == (2, 1, 1)
    assert (found["images"], found["coverage"]) == (63, pytest.approx(60 / 63))
    for k in range(1, 6):
        expected = sk.top_k_accuracy_score(labels, CHANCES[:-2], k=k, labels=CLASSES)
        assert found["top_k"][str(k)] == pytest.approx(expected, abs=1e-12)


def test_the_items_behind_the_counts_of_every_class_are_found(client):
    told = evaluate(client)
    for each in told["per_class"]:
        for name in ("correct", "predicted", "support"):
            found = told["class_found_by"][name]
            query = f"({found['query']}) {each['query']}"
            assert len(items(client, found["scope"], query)) == each[name], (each["class"], name)


def test_calibration_is_that_of_the_definition(client):
    score, right = CHANCES[:-2].max(axis=1), np.array(LABELS[:-2]) == np.array(PREDICTED[:-2])
    error = 0.0
    for low in range(15):
        inside = (score >= low / 15) & ((score < (low + 1) / 15) | (low == 14))
        error += abs(right[inside].sum() - score[inside].sum()) / len(score)
    assert evaluate(client)["calibration"]["error"] == pytest.approx(error, abs=1e-12)


def test_a_condition_on_images_leaves_the_images_that_fulfil_it(client):
    found = evaluate(client, query="meta.weight:20..40 meta.kind:odd")
    chosen = slice(21, 40, 2)
    check_like_scikit_learn(found, LABELS[chosen], PREDICTED[chosen])
    assert (found["images"], found["unpredicted"], found["ignored"]) == (10, 0, 0)


def test_a_class_filter_chooses_rows_and_changes_none(client):
    whole = {each["class"]: each for each in evaluate(client)["per_class"]}
    found = evaluate(client, query="(class:ant or class:bee)")
    assert {each["class"]: each for each in found["per_class"]} == {name: whole[name] for name in ("ant", "bee")}
    among = [n for n, label in enumerate(LABELS[:-2]) if label in ("ant", "bee")]
    correct = sum(LABELS[n] == PREDICTED[n] for n in among)
    assert (found["correct"], found["misclassified"]) == (correct, len(among) - correct)
    assert found["accuracy"] == pytest.approx(correct / len(among))
    expected = sk.precision_recall_fscore_support(
        LABELS[:-2], PREDICTED[:-2], labels=["ant", "bee"], average="macro", zero_division=0
    )
    assert list(found["macro"].values()) == pytest.approx(expected[:3])
    names, matrix = found["confusion"]["classes"], np.array(found["confusion"]["matrix"])
    full = sk.confusion_matrix(LABELS[:-2], PREDICTED[:-2], labels=names)
    other = [at for at, name in enumerate(names) if name not in ("ant", "bee")]
    full[other] = 0
    assert matrix.tolist() == full.tolist()


def test_predictions_below_the_confidence_count_as_none(client):
    kept = [n for n in range(58) if CHANCES[n].max() >= 0.4]
    assert 5 < len(kept) < 53
    found = evaluate(client, confidence=0.4)
    check_like_scikit_learn(found, [LABELS[n] for n in kept], [PREDICTED[n] for n in kept])
    assert found["unpredicted"] == 61 - len(kept)


def test_only_covered_images_may_be_asked_for(client):
    found = evaluate(client, covered_only=True)
    assert (found["images"], found["unpredicted"], found["coverage"]) == (60, 0, 1.0)


def test_conditions_that_have_no_meaning_are_refused(client):
    for query in ("outcome:fp", "shape:label", "meta.weight>3 or class:ant", "nonsense:1"):
        assert evaluate(client, expect=422, query=query)["item"]


def test_without_anything_to_judge_numbers_are_null(client):
    found = evaluate(client, query="meta.weight>1000")
    assert (found["accuracy"], found["macro"]["f1"], found["images"], found["per_class"]) == (None, None, 0, [])
    slow = evaluate(client, "/slow", query="meta.weight>1000")
    assert slow["intervals"] == dict.fromkeys(("accuracy", *MEANS))
    assert slow["warnings"] == [f"Too few images for a 95 % interval of accuracy, {', '.join(MEANS)}."]


# ------------------------------------------------------------ intervals and drivers


def test_intervals_are_those_of_halves_of_the_images(client):
    found = evaluate(client, "/slow")["intervals"]
    draw = np.random.default_rng(1)
    labels, predicted = np.array(LABELS[:-2]), np.array(PREDICTED[:-2])
    assert found["accuracy"] == pytest.approx(proportion_interval((labels == predicted).sum(), 58))
    halves = []
    for _ in range(400):
        chosen = draw.permutation(58)[:29]
        halves.append(sk.f1_score(labels[chosen], predicted[chosen], average="macro", zero_division=0))
    whole = sk.f1_score(labels, predicted, average="macro", zero_division=0)
    middle = whole - 1.5 * (np.mean(halves) - whole)  # what fewer images tell too much is taken off
    spread = 1.96 * np.std(halves)
    assert found["macro_f1"] == pytest.approx([middle - spread, middle + spread], abs=0.03)  # of a width of about 0.3
    assert evaluate(client, "/slow")["intervals"] == found


def test_intervals_of_each_class_are_wilson_s(client):
    told = {each["class"]: each["intervals"] for each in evaluate(client, "/slow")["per_class"]}
    labels, predicted = np.array(LABELS[:-2]), np.array(PREDICTED[:-2])
    for each in evaluate(client)["per_class"]:
        right, support, chosen = each["correct"], each["support"], each["predicted"]
        assert support == (labels == each["class"]).sum()
        assert chosen == (predicted == each["class"]).sum()
        for name, total in (("recall", support), ("precision", chosen), ("f1", support + chosen - right)):
            if total == 0:
                assert told[each["class"]][name] is None
                continue
            ends = list(proportion_interval(right, total))
            if name == "f1":  # of J = TP / (TP + FP + FN), of which F1 is 2 J / (1 + J)
                ends = [2 * end / (1 + end) for end in ends]
            assert told[each["class"]][name] == pytest.approx(ends)
            assert ends[0] - 1e-12 <= each[name] <= ends[1] + 1e-12


def proportion_interval(right, total):
    """Solve (right / total - p)² = z² p (1 - p) / total for p: where a test of the share p would just not reject."""
    z = NormalDist().inv_cdf(0.975)
    share = right / total
    return sorted(np.roots([1 + z * z / total, -(2 * share + z * z / total), share * share]).real.tolist())


def test_half_of_alike_images_is_the_whole():
    label = np.repeat([0, 2], [5, 7])
    everything_right = count_cells(label, label, 3)
    assert intervals_of_means(everything_right, resamples=20) == dict.fromkeys(MEANS, (1.0, 1.0))
    nine = count_cells(label[:9], label[:9], 3)
    assert np.isnan(list(intervals_of_means(nine, resamples=20).values())).all()
    of_the_first = count_cells(np.zeros(12, dtype=int), np.arange(12) % 2, 2)
    chosen = intervals_of_means(of_the_first, np.array([False, True]), resamples=20)
    assert np.isnan(chosen["weighted_f1"]).all()  # no image has the label


def test_confidence_tells_about_correctness_and_accuracy_is_told_by_it(client):
    drivers = {(d["scope"], d["metric"]): d for d in evaluate(client, "/slow")["importance"]}
    assert ("image", "random") not in drivers  # it is no reason for anything
    right = np.array(LABELS[:-2]) == np.array(PREDICTED[:-2])
    score = CHANCES[:-2].max(axis=1)
    assert drivers["prediction", "confidence"]["correlation"] == pytest.approx(np.corrcoef(score, right)[0, 1])
    found = evaluate(client, "/performance", metric="confidence", bins=4)
    edges = np.linspace(score.min(), score.max(), 5)
    place = np.minimum(np.searchsorted(edges, score, side="right") - 1, 3)
    assert [each["images"] for each in found["bins"]] == np.bincount(place, minlength=4).tolist()
    assert [each["accuracy"] for each in found["bins"]] == pytest.approx([right[place == at].mean() for at in range(4)])
    assert found["accuracy"] == pytest.approx(right.mean())
    assert found["bins"][3]["scope"] == "prediction"
    assert found["bins"][3]["query"] == f"(outcome:tp or outcome:fp) confidence:{edges[3]:g}..={edges[4]:g}"
    assert sum(b["images"] for b in evaluate(client, "/performance", metric="random")["bins"]) == 58
    assert evaluate(client, "/performance", 422, metric="nonsense")["item"] == "nonsense"


# ------------------------------------------------------------ outcomes of items


def items(client: TestClient, scope: str, query: str = "", **more: Any) -> list[dict[str, Any]]:
    """Return what a query finds under the evaluation of `clever`."""
    fields = ["outcome", "reason", "iou", "true_class" if scope == "prediction" else "predicted_class"]
    body = {
        "query": query,
        "scope": scope,
        "predictions": "clever",
        "fields": [] if scope == "image" else fields,
    } | more
    answer = client.post(f"{ROUTE}/query", json=body)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def test_outcomes_tell_predictions_and_labels_apart(client):
    asked = {"confidence": 0.3, "within": "not meta.weight:0"}
    told = {each["image_id"]: each for each in items(client, "prediction", "outcome:*", **asked)}
    labels: dict[int, list[tuple[Any, ...]]] = {}
    for each in items(client, "annotation", "outcome:*", **asked):
        found = (each["outcome"], each["reason"], each["predicted_class"])
        labels.setdefault(each["image_id"], []).append(found)
    seen = set()
    for n in range(1, 58):
        prediction = told.get(100 + n)
        found = prediction and tuple(prediction[key] for key in ("outcome", "reason", "iou", "true_class"))
        if CHANCES[n].max() < 0.3:
            expected, of_label = None, ("fn", "missed", None)
        elif LABELS[n] == PREDICTED[n]:
            expected, of_label = ("tp", None, 1, LABELS[n]), ("matched", None, PREDICTED[n])
        else:
            expected, of_label = ("fp", "class", 0, LABELS[n]), ("fn", "class", PREDICTED[n])
        assert (found, labels[100 + n]) == (expected, [of_label])
        seen.add(of_label[:2])
    assert len(seen) == 3
    assert 100 not in told  # the image is not evaluated
    assert 100 not in labels
    assert [told[number]["outcome"] for number in (160, 161)] == ["ignored", "ignored"]
    assert labels[160] == [("ignored", None, None)] * 2
    assert labels[159] == labels[200] == [("fn", "missed", None)]


@pytest.mark.parametrize("asked", [{}, {"confidence": 0.4}, {"query": "(class:ant or class:bee) meta.weight:5..50"}])
def test_every_number_comes_with_the_query_that_finds_its_items(client, asked):
    found = evaluate(client, **asked)
    judged = {"confidence": asked.get("confidence", 0), "within": asked.get("query", "")}
    for name, by in found["found_by"].items():
        assert len(items(client, by["scope"], by["query"], **judged)) == found[name], name
    confusion = found["confusion"]
    for row, counts in zip(confusion["true"], confusion["matrix"], strict=True):
        for column, number in zip(confusion["predicted"], counts, strict=True):
            assert len(items(client, "prediction", f"{row} {column}", **judged)) == number
    calibration = found["calibration"]
    for query, number in zip(calibration["queries"], calibration["count"], strict=True):
        assert len(items(client, "prediction", query, **judged)) == number
    for metric in ("confidence", "random", "object_random"):
        for each in evaluate(client, "/performance", metric=metric, bins=3, **asked)["bins"]:
            assert len(items(client, each["scope"], each["query"], **judged)) == each["images"]


def test_images_that_another_set_gets_right_are_fixed(client, tmp_path):
    other = write_table(tmp_path / "other.csv", ("image_id", "label"), [(100 + n, LABELS[n]) for n in range(30)])
    finish(client, take_in(client, other, "other"))
    right = [LABELS[n] == PREDICTED[n] for n in range(58)]
    expected = {"fixed": 30 - sum(right[:30]), "right": sum(right[:30]), "broken": sum(right[30:])}
    expected["wrong"] = 61 - sum(expected.values())
    for change, number in expected.items():
        assert len(items(client, "image", f"compared:{change}", other="other")) == number
    client.post(f"{ROUTE}/predictions/remove", json={"name": "other"})


# ------------------------------------------------------------ import

GOOD = [(100, "0.png", "ant", 0.5), (101, "1.png", "bee", 0.5), (102, "2.png", "cat", 1)]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ((999, "", "ant", 0.5), "unknown_image"),
        (("", "nowhere.png", "ant", 0.5), "unknown_image"),
        ((103, "4.png", "ant", 0.5), "image_mismatch"),
        ((100, "", "bee", 0.5), "duplicate_image"),
        ((103, "", "gnu", 0.5), "unknown_class"),
        ((103, "", "", 0.5), "no_label"),
        ((103, "", "ant", "nan"), "score_not_a_number"),
        ((103, "", "ant", "inf"), "score_not_a_number"),
        ((103, "", "ant", "high"), "score_not_a_number"),
        ((103, "", "ant", ""), "score_not_a_number"),
        ((103, "", "ant", -0.5), "score_out_of_range"),
        ((103, "", "ant", 1.5), "score_out_of_range"),
        ((103, "", "ant", 0.5, "0.25"), "row_too_long"),
    ],
)
def test_what_cannot_be_a_classification_stops_the_import_and_is_named(client, tmp_path, bad, reason):
    file = write_table(tmp_path / "bad.csv", ("image_id", "file_name", "label", "confidence"), [*GOOD, bad])
    state = finish(client, take_in(client, file, "bad"))
    assert state["status"] == "failed"
    assert f"1 × {reason} (row 4:" in state["error"]["actual"], state["error"]
    state = finish(client, take_in(client, file, "bad", skip_invalid=True))
    assert (state["result"]["predictions"], state["result"]["skipped"]) == (3, {reason: 1})
    client.post(f"{ROUTE}/predictions/remove", json={"name": "bad"})


@pytest.mark.parametrize(
    ("chance", "reason"),
    [("nan", "probability_not_a_number"), ("", "probability_not_a_number"), (-0.1, "probability_out_of_range")],
)
def test_probabilities_are_checked_and_so_are_their_classes(client, tmp_path, chance, reason):
    header = ("image_id", "p:ant", "p:bee", "p:gnu")
    file = write_table(tmp_path / "bad.csv", header, [(100, 0.5, 0.4, 0.1), (101, 1, 0, 0), (102, 0.2, 0.8, chance)])
    state = finish(client, take_in(client, file, "bad"))
    assert f"1 × {reason} (row 3:" in state["error"]["actual"]
    assert "1 × unknown_class_column (column p:gnu)" in state["error"]["actual"]


def test_a_file_of_other_images_is_refused_even_when_invalid_rows_may_be_left_out(client, tmp_path):
    rows = [(100, "ant"), *((n, "ant") for n in (905, 906, 907))]
    file = write_table(tmp_path / "other.csv", ("image_id", "label"), rows)
    state = finish(client, take_in(client, file, "other", skip_invalid=True))
    assert "belong to other images" in state["error"]["title"]
    assert "1 of 4 records" in state["error"]["actual"]


@pytest.mark.parametrize(
    ("header", "expected"), [(("path", "label"), "image_id or file_name"), (("image_id", "class"), "label, or p:CLASS")]
)
def test_a_table_without_the_columns_is_refused(client, tmp_path, header, expected):
    state = finish(client, take_in(client, write_table(tmp_path / "odd.csv", header, [(100, "ant")]), "odd"))
    assert expected in state["error"]["expected"]


def test_label_and_confidence_come_from_the_columns_else_from_the_probabilities(client, app, tmp_path):
    header = ("file_name", "label", "confidence", "p:ant", "p:bee")
    rows = [("0.png", "bee", 0.9, 0.8, 0.2), ("1.png", "bee", "", 0.8, 0.2), ("2.png", "", "", 0.8, 0.2),
            ("3.png", "dog", 0.1, "", "")]  # fmt: skip
    finish(client, take_in(client, write_table(tmp_path / "mixed.csv", header, rows), "mixed", coverage="all"))
    with app.workspace.get("pets").read() as cursor:
        found = cursor.execute(
            "SELECT c.name, p.score, p.probability_count FROM prediction p JOIN class c ON c.row = p.class "
            'WHERE "set" = (SELECT "set" FROM prediction_set WHERE name = \'mixed\') ORDER BY position'
        ).fetchall()
    assert found == [("bee", 0.9, 6), ("bee", 0.2, 6), ("ant", 0.8, 6), ("dog", 0.1, 0)]
    assert evaluate(client, predictions="mixed")["top_k"] is None  # not all have probabilities
    plain = write_table(tmp_path / "plain.csv", ("file_name", "label"), [("0.png", "ant")])
    assert finish(client, take_in(client, plain, "plain"))["status"] == "done"
    assert evaluate(client, predictions="plain", confidence=1)["correct"] == (LABELS[0] == "ant")


def test_what_is_asked_for_is_what_the_set_is_of(client):
    tasks = client.get(f"{ROUTE}/evaluation/tasks", params={"predictions": "clever"}).json()
    assert tasks == ["classification"]
    for path, more in (("", {}), ("/slow", {}), ("/performance", {"metric": "confidence"})):
        told = evaluate(client, path, iou=0.9, **more)
        assert told["task"] == "classification"
        assert told == evaluate(client, path, task="classification", **more)
        assert told == evaluate(client, f"/classification{path}", **more)
    assert "no overlap" in evaluate(client, expect=422, task="bbox")["title"]
    assert evaluate(client, expect=422, sigmas=[0.1])["item"] == "sigmas"
    assert evaluate(client, "/performance", expect=422, metric="confidence", by_class=True)["item"] == "by_class"
    assert evaluate(client, "/operating-points", expect=422)["actual"] == "clever"
    assert evaluate(client, expect=404, predictions="none")["expected"].startswith("clever")


@pytest.mark.parametrize("task", [None, "classification", "bbox"])
def test_items_are_judged_by_classes_whatever_overlaps_are_named(client, task):
    named = {} if task is None else {"task": task}
    found = items(client, "prediction", "outcome:tp", **named)
    assert len(found) == evaluate(client)["correct"]
    params = {"scope": "prediction", "query": "outcome:tp", "predictions": "clever", **named}
    assert client.get(f"{ROUTE}/rows", params=params).json()["total"] == len(found)


# ------------------------------------------------------------ real labels


@pytest.mark.real_data
@pytest.mark.skipif(not DATA.exists(), reason=f"the shared real data is absent: {DATA}")
def test_human_labels_of_cifar_give_scikit_learns_numbers(client, tmp_path):
    column = "worse_label"
    with (DATA / "labels.csv").open(encoding="utf-8") as file:
        rows = [(row["index"], row["path"], row[column]) for row in csv.DictReader(file)]
    # the names of the folders are the clean labels: images are left out, and only one column of labels is read
    labels = write_table(tmp_path / "labels.csv", ("id", "path", "label"), rows)
    import_table(client, labels, "cifar", path_column="path", label_column="label")
    names = [label for *_, label in rows]
    classes = sorted(set(names))
    chances = np.load(DATA / f"pred_probs_{column}.npy").astype(np.float64)
    results = [(number, *chances[at]) for at, (number, *_) in enumerate(rows)]
    file = write_table(tmp_path / "simple.csv", ("image_id", *(f"p:{name}" for name in classes)), results)
    body = {"path": str(file), "name": "simple", "format": "csv"}
    finish(client, client.post("/api/projects/cifar/predictions/import", json=body))
    route = "/api/projects/cifar/evaluation"
    found = client.get(route, params={"predictions": "simple"}).json()
    check_like_scikit_learn(found, names, [classes[at] for at in chances.argmax(axis=1)])
    for k in (1, 3, 5):
        expected = sk.top_k_accuracy_score(names, chances, k=k, labels=classes)
        assert found["top_k"][str(k)] == pytest.approx(expected, abs=1e-12)
    slow = client.get(f"{route}/slow", params={"predictions": "simple"}).json()
    assert slow["slices"]
    for each in slow["slices"]:
        assert (each["side"], each["scope"]) == ("accuracy", "prediction")
        for query, count in ((each["query"], each["size"]), (each["errors_query"], each["errors"])):
            asked = {"scope": "prediction", "query": query, "predictions": "simple"}
            assert client.get("/api/projects/cifar/rows", params=asked).json()["total"] == count, query
        assert each["rate"] == pytest.approx(each["errors"] / each["size"])
        assert each["rate"] > each["rest_rate"]
    low, high = slow["intervals"]["accuracy"]
    assert low < found["accuracy"] < high
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(found["accuracy"] * (1 - found["accuracy"]) / 5000), rel=0.15)


def test_two_sets_are_compared_with_paired_intervals(client, tmp_path):
    better = [label if n % 3 else PREDICTED[n] for n, label in enumerate(LABELS)]
    rows = [(100 + n, label, 0.8) for n, label in enumerate(better)]
    table = write_table(tmp_path / "better.csv", ("image_id", "label", "confidence"), rows)
    finish(client, take_in(client, table, "better"))
    told = evaluate(client, "/compare", other="better")
    ours, theirs = evaluate(client), evaluate(client, predictions="better")
    for name, (first, second) in {
        "accuracy": (ours["accuracy"], theirs["accuracy"]),
        "macro_f1": (ours["macro"]["f1"], theirs["macro"]["f1"]),
        "weighted_f1": (ours["weighted"]["f1"], theirs["weighted"]["f1"]),
        "correct": (ours["correct"], theirs["correct"]),
    }.items():
        found = told["numbers"][name]
        assert (found["first"], found["second"]) == (first, second)
        assert found["difference"] == pytest.approx(second - first)
        assert found["interval"][0] < found["difference"] < found["interval"][1]
    assert told["numbers"]["accuracy"]["excludes_zero"] is True
    rows = {each["class"]: each for each in ours["per_class"]}
    for each in told["per_class"]:
        if each["class"] in rows:
            assert each["f1"]["first"] == rows[each["class"]]["f1"]
    for each in told["changed"].values():
        found = items(client, each["scope"], each["query"], other="better")
        assert len(found) == each["count"]
    assert told["changed"]["broken"]["count"] == 0 < told["changed"]["fixed"]["count"]
    assert set(told["found_by"]) == {"correct", "misclassified", "images"}
    for name, both in told["found_by"].items():
        for side, found in zip(("first", "second"), both, strict=True):
            sets = {"predictions": found["predictions"], "other": found["other"]}
            expected = told["images"] if name == "images" else told["numbers"][name][side]
            assert len(items(client, found["scope"], found["query"], **sets)) == expected, (name, side)
    assert evaluate(client, "/compare", other="clever", expect=422)["title"].startswith("A prediction set cannot")
