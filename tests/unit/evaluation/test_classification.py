"""Classification equal to scikit-learn's, on generated labels and on CIFAR-10N."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from assay.errors import UsageError
from assay.evaluation.classification.numbers import calibrate_classification, classify, top_k_accuracy

ROOT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("ASSAY_TEST_DATA", ROOT.parent / "shared" / "data")) / "cifar10n-train-5000"
CLASSES = 4


def check_like_scikit_learn(label, predicted, classes):
    result = classify(label, predicted, classes)
    everything = list(range(classes))
    assert result.accuracy == pytest.approx(sk.accuracy_score(label, predicted), abs=1e-12)
    assert result.matrix.tolist() == sk.confusion_matrix(label, predicted, labels=everything).tolist()
    assert result.right.tolist() == (label == predicted).tolist()
    precision, recall, f1, support = sk.precision_recall_fscore_support(
        label, predicted, labels=everything, zero_division=0
    )
    assert result.precision == pytest.approx(precision, abs=1e-12)
    assert result.recall == pytest.approx(recall, abs=1e-12)
    assert result.f1 == pytest.approx(f1, abs=1e-12)
    assert result.support.tolist() == support.tolist()
    for name in ("macro", "weighted"):
        found = getattr(result, name)
        expected = sk.precision_recall_fscore_support(label, predicted, average=name, zero_division=0)[:3]
        assert (found.precision, found.recall, found.f1) == pytest.approx(expected, abs=1e-12)


labels = st.integers(0, CLASSES - 1)


@settings(max_examples=60)
@given(st.lists(st.tuples(labels, labels), min_size=1, max_size=30))
def test_numbers_are_scikit_learns(rows):
    label, predicted = np.array(rows, dtype=np.int32).T
    check_like_scikit_learn(label, predicted, CLASSES)


@settings(max_examples=40)
@given(st.lists(st.tuples(labels, labels), min_size=1, max_size=30), st.sets(labels, min_size=1))
def test_averages_over_some_classes_are_scikit_learns_with_these_labels(rows, chosen):
    label, predicted = np.array(rows, dtype=np.int32).T
    result = classify(label, predicted, CLASSES)
    occurring = sorted(chosen & {*label.tolist(), *predicted.tolist()})
    for how in ("macro", "weighted"):
        found = result.average(how, np.isin(np.arange(CLASSES), sorted(chosen)))
        if not occurring or (how == "weighted" and not np.isin(label, occurring).any()):
            assert np.isnan(found.f1)
            continue
        expected = sk.precision_recall_fscore_support(label, predicted, labels=occurring, average=how, zero_division=0)[
            :3
        ]
        assert (found.precision, found.recall, found.f1) == pytest.approx(expected, abs=1e-12)


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(1, CLASSES))
def test_top_k_is_scikit_learns_with_ties(seed, k):
    random = np.random.default_rng(seed)
    label = random.integers(0, CLASSES, 25).astype(np.int32)
    scores = random.integers(0, 3, (25, CLASSES)) / 2
    expected = sk.top_k_accuracy_score(label, scores, k=k, labels=range(CLASSES)) if k < CLASSES else 1.0
    assert top_k_accuracy(label, scores, k) == pytest.approx(expected)


def test_nothing_to_classify_has_no_accuracy():
    nothing = np.zeros(0, dtype=np.int32)
    result = classify(nothing, nothing, 3)
    assert np.isnan([result.accuracy, result.macro.f1, result.weighted.f1]).all()
    assert np.isnan(top_k_accuracy(nothing, np.zeros((0, 3)), 1))


def test_wrong_classes_and_lengths_are_named():
    with pytest.raises(UsageError, match="predicted"):
        classify(np.zeros(2, np.int32), np.array([0, 7], np.int32), 3)
    with pytest.raises(UsageError, match="one prediction per label"):
        classify(np.zeros(2, np.int32), np.zeros(1, np.int32), 3)


@pytest.mark.real_data
@pytest.mark.skipif(not DATA.exists(), reason=f"the shared real data is absent: {DATA}")
@pytest.mark.parametrize("column", ["aggre_label", "random_label1", "worse_label"])
def test_human_labels_of_cifar_give_scikit_learns_numbers(column):
    with (DATA / "labels.csv").open(encoding="utf-8") as file:
        names = [row[column] for row in csv.DictReader(file)]
    classes = sorted(set(names))
    label = np.array([classes.index(name) for name in names], dtype=np.int32)
    probabilities = np.load(DATA / f"pred_probs_{column}.npy").astype(np.float64)
    predicted = probabilities.argmax(axis=1).astype(np.int32)
    check_like_scikit_learn(label, predicted, 10)
    for k in (1, 3, 5):
        expected = sk.top_k_accuracy_score(label, probabilities, k=k)
        assert top_k_accuracy(label, probabilities, k) == pytest.approx(expected, abs=1e-12)
    calibration = calibrate_classification(label, predicted, probabilities.max(axis=1))
    assert calibration.count.sum() == 5000
    assert 0 < calibration.error < 0.3
