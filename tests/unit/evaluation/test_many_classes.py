"""Evaluations of many classes take memory for those that occur, and show those that are confused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.evaluation.scenes import pair, random_scene

from assay.api.evaluation import numbers
from assay.evaluation.cells import count_cells
from assay.evaluation.detection import accumulate

PAIRS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=40)


@given(PAIRS)
def test_cells_are_a_matrix_without_its_zeros(pairs):
    rows, columns = np.array(pairs, dtype=np.int32).reshape(-1, 2).T
    matrix = np.zeros((7, 7), dtype=np.int64)
    for row, column in pairs:
        matrix[row, column] += 1
    cells = count_cells(rows, columns, 7)
    assert (cells.counts > 0).all()
    assert cells.matrix.tolist() == matrix.tolist()
    assert cells.row_totals.tolist() == matrix.sum(axis=1).tolist()
    assert cells.column_totals.tolist() == matrix.sum(axis=0).tolist()
    assert cells.diagonal.tolist() == np.diag(matrix).tolist()
    kept = np.array([5, 2])
    assert cells.dense(kept).tolist() == matrix[np.ix_(kept, kept)].tolist()
    chosen = np.arange(7) % 2 == 0
    assert cells.of_rows(chosen).matrix.tolist() == np.where(chosen[:, None], matrix, 0).tolist()


def test_cells_of_very_many_classes_are_few():
    cells = count_cells(np.array([0, 99_999, 99_999]), np.array([1, 99_999, 99_999]), 100_001)
    assert (cells.rows.tolist(), cells.columns.tolist(), cells.counts.tolist()) == ([0, 99_999], [1, 99_999], [1, 2])


def test_the_numbers_of_a_table_made_in_parts_are_those_of_the_whole(monkeypatch):
    pairing = pair(*random_scene(7, annotations=300, predictions=900), images=12, classes=3)
    chosen = np.arange(3) != 1
    whole = accumulate.make_coco_table(pairing).numbers(chosen)
    monkeypatch.setattr(accumulate, "_CLASSES_AT_ONCE", 2)
    assert accumulate.coco_numbers(pairing, classes=chosen) == pytest.approx(whole, rel=1e-12)
    assert whole["AP"] > 0


def test_of_too_many_classes_a_matrix_shows_those_that_are_confused(monkeypatch):
    monkeypatch.setattr(numbers, "MOST_CLASSES_OF_A_MATRIX", 2)
    cells = count_cells(np.array([0, 0, 0, 1, 2, 3]), np.array([0, 0, 0, 2, 1, 3]), 5)
    occurs = cells.row_totals + cells.column_totals > 0
    kept, left_out = numbers.shown_classes(cells, occurs)
    assert (kept.tolist(), left_out) == ([1, 2], 2)
    monkeypatch.setattr(numbers, "MOST_CLASSES_OF_A_MATRIX", 4)
    kept, left_out = numbers.shown_classes(cells, occurs)
    assert (kept.tolist(), left_out) == ([0, 1, 2, 3], 0)
