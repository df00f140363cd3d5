"""Acquisition functions of prediction sets that tell probabilities, against plain numpy."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.evaluator.projects import ROUTE, dataset, judged

from assay.metrics.acquisition import ACQUISITION
from assay.project.acquisition import read_acquisition
from assay.project.predictions import get_set

BOX = [10, 10, 30, 30]
KEYS = ["acq_entropy", "acq_least_confidence", "acq_margin", "acq_variance", "acq_mean_confidence"]


def predictions(seed, classes=4, images=(1, 2, 3, 5)):
    draw = np.random.default_rng(seed)
    records = []
    for image in images:
        for _ in range(int(draw.integers(1, 5))):
            chances = draw.dirichlet(np.full(classes, 0.5))
            chances[0] = 0 if draw.random() < 0.3 else chances[0]  # 0 · log 0 is 0
            record = {"image_id": image, "category_id": 1, "bbox": BOX, "score": round(draw.random(), 3)}
            records.append(record | {"probabilities": chances.tolist()})
    return records


def reference(records, image):
    """Means over an image's predictions, one after the other."""
    own = [r for r in records if r["image_id"] == image and len(r.get("probabilities", [])) > 1]
    entropy = [-sum(p * np.log2(p) for p in r["probabilities"] if p > 0) for r in own]
    two = [sorted(r["probabilities"])[-2:] for r in own]
    return [
        np.mean(entropy),
        np.mean([1 - high for _, high in two]),
        np.mean([high - low for low, high in two]),
        np.mean([np.var(r["probabilities"]) for r in own]),
        np.mean([r["score"] for r in own]),
    ]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    annotations = [{"image_id": i, "category_id": 1, "bbox": BOX} for i in range(1, 6)]
    truth = dataset(6, annotations, [{"id": 1, "name": "cat"}])
    plain = [{"image_id": i, "category_id": 1, "bbox": BOX, "score": 0.5} for i in (1, 2)]
    mixed = [*predictions(2, images=(1,)), *predictions(3, classes=2, images=(1, 2)), *plain]
    with judged(tmp_path_factory.mktemp("unsure"), truth, sure=predictions(1), plain=plain, mixed=mixed) as made:
        yield made, {"sure": predictions(1), "mixed": mixed}


def stored(project, name):
    return read_acquisition(project.store, get_set(project.store, name).number)


@pytest.mark.parametrize(("name", "images"), [("sure", (1, 2, 3, 5)), ("mixed", (1, 2))])
def test_values_are_means_over_the_predictions_with_probabilities(project, name, images):
    made, records = project
    found = stored(made, name)
    assert list(found) == KEYS == [metric.key for metric in ACQUISITION]
    for image in range(1, 7):
        values = [found[key][image - 1] for key in KEYS]
        if image in images:
            assert values == pytest.approx(reference(records[name], image), abs=1e-12)
        else:
            assert np.isnan(values).all()


def test_sets_without_probabilities_have_none(project):
    made, _ = project
    assert stored(made, "plain") == {}
    assert made.get("/slow", predictions="plain")["acquisition"] == []


def test_they_are_told_with_the_slow_numbers_and_explain_outcomes(project):
    made, records = project
    slow = made.get("/slow", predictions="sure")
    entropy = slow["acquisition"][0]
    values = [reference(records["sure"], image)[0] for image in (1, 2, 3, 5)]
    assert (entropy["metric"], entropy["title"]) == ("acq_entropy", "Prediction Entropy")
    assert (entropy["count"], entropy["nulls"]) == (4, 2)
    assert [entropy[k] for k in ("min", "median", "max", "mean")] == pytest.approx(
        [min(values), np.median(values), max(values), np.mean(values)]
    )
    told = {(each["metric"], each["side"]): each["scope"] for each in slow["importance"]}
    assert {told[key, side] for key in KEYS for side in ("prediction", "annotation")} == {"image"}
    assert not any(each["metric"] in KEYS for each in made.get("/slow", predictions="plain")["importance"])
    bins = made.get("/performance", predictions="sure", confidence=0, metric="acq_entropy", bins=3)
    assert bins["title"] == "Prediction Entropy"
    assert sum(each["predictions"] for each in bins["bins"]) == len(records["sure"])


def test_they_go_with_their_set(project):
    made, _ = project
    made.take_in("gone", predictions(4))
    number = get_set(made.store, "gone").number
    assert read_acquisition(made.store, number)
    assert made.client.post(f"{ROUTE}/predictions/remove", json={"name": "gone"}).status_code == 200
    assert read_acquisition(made.store, number) == {}
    assert len(stored(made, "sure")) == 5


def ask(project, route, **params):
    answer = project.client.get(f"{ROUTE}/{route}", params={"predictions": "sure", **params})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_they_sort_filter_and_count_images_where_their_set_is_named(project):
    made, records = project
    entropy = {image: reference(records["sure"], image)[0] for image in (1, 2, 3, 5)}
    body = {"predictions": "sure", "sort": "-acq_entropy", "fields": ["acq_entropy"]}
    found = made.client.post(f"{ROUTE}/query", json=body).json()["items"]
    assert [each["id"] for each in found] == [*sorted(entropy, key=lambda image: -entropy[image]), 4, 6]
    assert [each["acq_entropy"] for each in found[:4]] == pytest.approx(sorted(entropy.values(), reverse=True))
    middle = float(np.median(list(entropy.values())))
    assert made.count(f"acq_entropy>{middle}", "image", predictions="sure") == 2
    assert made.count("acq_entropy:null", "image", predictions="sure") == 2
    above = sum(entropy[record["image_id"]] > middle for record in records["sure"])
    assert made.count(f"acq_entropy>{middle}", "prediction", predictions="sure", confidence=0) == above
    histogram = ask(made, "metrics/acq_entropy/histogram", scope="image", bins=4)
    assert [sum(each["count"] for each in histogram["bins"]), histogram["nulls"]["count"]] == [4, 2]
    for each in histogram["bins"]:
        assert made.count(each["query"], "image", predictions="sure") == each["count"]
    listed = {each["key"]: each for each in ask(made, "metrics", scope="image")}
    assert listed["acq_entropy"]["median"] == pytest.approx(middle)
    assert ask(made, "cards", scope="image", metric="acq_margin", limit=1)["cards"][0]["value"] is not None


def test_without_probabilities_they_are_no_keys(project):
    made, _ = project
    for at in ({}, {"predictions": "plain"}):
        answer = made.client.post(f"{ROUTE}/query", json={"query": "acq_margin<0.2", **at})
        assert (answer.status_code, answer.json()["item"]) == (422, "acq_margin")
    assert "acq_margin" not in {each["key"] for each in ask(made, "metrics", scope="image", predictions="plain")}
