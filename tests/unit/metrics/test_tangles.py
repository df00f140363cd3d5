"""Outlines that cross themselves again and again: ordinary ones exactly as repaired, tangles at a bounded cost."""

import numpy as np
import pytest
import shapely

from assay.metrics.polygons import repair
from assay.metrics.tangles import fill, is_tangled


def tangle(vertices, seed=3):
    return np.random.default_rng(seed).random((vertices, 2)) * [900, 600]


def repaired(ring):
    [polygon] = repair(ring, np.array([0, len(ring)]), np.array([0, 1]), np.array([True])).polygons
    return polygon


def test_a_bow_tie_is_repaired_exactly():
    bow = np.array([[0, 0], [10, 10], [10, 0], [0, 10]], dtype=float)
    assert not is_tangled(bow)
    assert repaired(bow).area == 50


def test_a_pentagram_encloses_its_points_and_not_its_middle():
    turns = np.arange(5) * 4 * np.pi / 5
    star = np.stack([100 + 80 * np.cos(turns), 100 + 80 * np.sin(turns)], axis=1)
    assert repaired(star).equals(shapely.make_valid(shapely.Polygon(star)))
    assert fill(star).area == pytest.approx(repaired(star).area, rel=0.01)


def test_what_is_filled_is_what_a_repair_encloses():
    ring = tangle(50)
    exact = shapely.make_valid(shapely.Polygon(ring))
    assert fill(ring).area == pytest.approx(exact.area, rel=0.005)
    assert fill(ring).intersection(exact).area == pytest.approx(
        exact.area, rel=0.05
    )  # the cells along its borders are halved


def test_a_tangle_of_three_hundred_thousand_vertices_has_an_end():
    ring = tangle(300_000)
    assert is_tangled(ring)
    found = repair(ring, np.array([0, len(ring)]), np.array([0, 1]), np.array([True]))
    assert found.self_crossing.tolist() == [True]
    assert found.vertex_counts.tolist() == [300_000]
    assert found.polygons[0].is_valid
    assert found.polygons[0].area == pytest.approx(900 * 600 / 2, rel=0.02)  # every point is inside by a coin's toss


def test_a_long_outline_without_crossings_is_none():
    turns = np.linspace(0, 2 * np.pi, 100_000, endpoint=False)
    ring = np.stack([500 + 400 * np.cos(turns), 500 + 400 * np.sin(turns)], axis=1)
    assert not is_tangled(ring)
    assert repaired(ring).area == pytest.approx(np.pi * 400**2, rel=1e-6)


def test_a_ring_without_extent_encloses_nothing():
    assert fill(np.zeros((100, 2))).is_empty
