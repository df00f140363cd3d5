"""Paired intervals of two sets of classifications, against a bootstrap that draws images one by one."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sk

from assay.evaluation.classification.comparison import NUMBERS, bootstrap_differences

CLASSES = 4


def draw_case(count=80):
    draw = np.random.default_rng(3)
    label = draw.integers(0, CLASSES, count).astype(np.int32)
    sides = []
    for share in (0.5, 0.75):
        right = draw.random(count) < share
        sides.append(np.where(right, label, draw.integers(0, CLASSES, count)).astype(np.int32))
    return label, *sides


def numbers(label, predicted):
    average = {
        how: sk.precision_recall_fscore_support(label, predicted, average=how, zero_division=0)[:3]
        for how in ("macro", "weighted")
    }
    right = int((label == predicted).sum())
    return dict(
        zip(
            NUMBERS,
            (right / len(label), *average["macro"], average["weighted"][2], right, len(label) - right),
            strict=True,
        )
    )


def test_intervals_are_those_of_images_drawn_for_both_sets_alike():
    label, first, second = draw_case()
    found = bootstrap_differences(label, first, second, CLASSES, resamples=4_000)
    draw = np.random.default_rng(1)
    drawn = []
    for _ in range(600):
        images = draw.integers(0, len(label), len(label))
        before, after = (numbers(label[images], side[images]) for side in (first, second))
        drawn.append([after[name] - before[name] for name in NUMBERS])
    expected = np.quantile(np.array(drawn), [0.025, 0.975], axis=0)
    for at, name in enumerate(NUMBERS):
        width = expected[1, at] - expected[0, at]
        assert found.numbers[name] == pytest.approx(expected[:, at].tolist(), abs=0.12 * width), name


def test_pairing_makes_intervals_narrow_where_sets_agree():
    label, first, _ = draw_case()
    second = first.copy()
    wrong = np.flatnonzero(first != label)[:4]
    second[wrong] = label[wrong]  # four images are fixed, nothing is broken
    found = bootstrap_differences(label, first, second, CLASSES)
    low, high = found.numbers["correct"]
    assert 0 <= low <= 4 <= high <= 10
    assert found.numbers["misclassified"] == (-high, -low)
    same = bootstrap_differences(label, first, first, CLASSES)
    assert set(same.numbers.values()) == {(0.0, 0.0)}
    assert (same.f1[:, 0] <= 0).all()
    assert (same.f1[:, 1] >= 0).all()


def test_a_class_that_no_draw_of_a_set_gets_wrong_is_not_told_without_doubt():
    label = np.repeat([0, 1], [12, 40]).astype(np.int32)
    first, second = label.copy(), label.copy()
    second[:6] = 1  # 6 of 12 are broken
    [(low, high), _] = bootstrap_differences(label, first, second, 2).recall
    # Wilson's intervals of 12 and of 6 of 12: .757 to 1 and .254 to .746; the first never varies: no correlation
    assert low == pytest.approx(-0.5 - 0.24622, abs=1e-5)
    assert high == pytest.approx(-0.5 + np.hypot(0.24622, 0.24250), abs=1e-4)
    [(low, high), _] = bootstrap_differences(label, label, label, 2).recall
    assert low < 0 < high


def test_a_class_of_fewer_than_ten_images_has_no_interval():
    label = np.repeat([0, 1], [9, 40]).astype(np.int32)
    found = bootstrap_differences(label, label, label, 2)
    assert np.isnan(found.recall[0]).all()
    assert not np.isnan(found.recall[1]).any()
    few = bootstrap_differences(label[:9], label[:9], label[:9], 2)
    assert np.isnan(list(few.numbers.values())).all()


def test_images_that_a_set_predicts_nothing_for_are_not_judged():
    label, first, second = draw_case()
    first = np.where(np.arange(len(label)) < 40, first, -1).astype(np.int32)
    found = bootstrap_differences(label, first, second, CLASSES)
    low, high = found.numbers["correct"]
    assert low < int((label == second).sum()) - int((label[:40] == first[:40]).sum()) < high


def test_a_class_filter_leaves_the_images_with_these_labels():
    label, first, second = draw_case()
    one = label == 2
    found = bootstrap_differences(label, first, second, CLASSES, classes=np.arange(CLASSES) == 2)
    right = int((second[one] == 2).sum()) - int((first[one] == 2).sum())
    low, high = found.numbers["correct"]
    assert low < right < high
    assert high - low < int(one.sum())


def test_without_images_nothing_is_known():
    none = np.zeros(0, dtype=np.int32)
    found = bootstrap_differences(none, none, none, CLASSES)
    assert np.isnan(list(found.numbers.values())).all()
    assert (found.f1.shape, np.isnan(found.f1).all()) == ((CLASSES, 2), True)
