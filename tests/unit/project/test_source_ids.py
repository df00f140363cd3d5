"""Ids of any kind are ranked as Python and numpy rank them, and come back from their columns as they were."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.formats.fields import id_columns
from assay.project.source_ids import as_text, rank, read_id, read_source_id

whole = st.integers(-(2**63), 2**63 - 1)
unsigned = st.integers(2**63, 2**64 - 1)
huge = st.integers(2**64, 2**70) | st.integers(-(2**70), -(2**63) - 1)
exact = st.integers(-(2**53) + 1, 2**53 - 1)
real = st.floats(-(2.0**53) + 1, 2.0**53 - 1)
letters = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=4)
close = st.sampled_from(["a", "a b", "a!", 'a"', "a\\", "ab", "a\t", "á", "z", "10", "9", "\U0001f600", "\uffff"])
# what numpy can hold exactly in one array
ids = st.one_of(
    *(st.lists(each, unique=True, max_size=12) for each in (whole, unsigned, huge, exact | real, letters | close))
)


def stored(values):
    """Return what the two columns of a project hold of some ids."""
    numbers, texts = id_columns(values)
    absent = np.ma.getmaskarray(numbers)
    return [(None if absent[i] else int(numbers[i]), texts and texts[i]) for i in range(len(values))]


@given(ids)
def test_ids_are_ranked_as_python_and_numpy_sort_them(values):
    ranked = sorted(stored(values), key=lambda columns: rank(*columns))
    ordered = [read_id(*columns) for columns in ranked]
    assert ordered == sorted(values)
    assert ordered == list(np.unique(sorted(values)))


@given(st.lists(whole | unsigned | huge | real | letters, max_size=12))
def test_ids_come_back_from_their_columns(values):
    found = [read_id(*columns) for columns in stored(values)]
    assert found == values
    assert list(map(type, found)) == list(map(type, values))


def test_texts_follow_numbers_and_what_is_no_id_comes_last():
    texts = ["NaN", "null", '"9"', "[1]", "18446744073709551617", "0.5"]
    ranked = sorted([(None, text) for text in texts] + [(None, None), (7, None)], key=lambda columns: rank(*columns))
    assert ranked[:4] == [(None, "0.5"), (7, None), (None, "18446744073709551617"), (None, '"9"')]


@pytest.mark.parametrize(
    ("columns", "shown"),
    [
        ((5, None), 5),
        ((None, None), None),
        ((None, "5.5"), 5.5),
        ((None, '"a\\"b"'), 'a"b'),
        ((None, "18446744073709551615"), 2**64 - 1),
        ((None, "18446744073709551617"), 2**64 + 1),
        ((None, "NaN"), "NaN"),
        ((None, '"\\ud800"'), '"\\ud800"'),
        ((None, "[1]"), "[1]"),
    ],
)
def test_an_answer_shows_an_id_or_its_exact_text(columns, shown):
    found = read_source_id(*columns)
    assert (found, type(found)) == (shown, type(shown))


def test_one_text_stands_for_all_writings_of_a_whole_number():
    assert {as_text(each) for each in (7, 7.0, "7", "7.0", "007", "+7")} == {"7"}
    assert [as_text(each) for each in ("7a", "7.5", 7.5, "-0", 2**70, math.inf)] == [
        "7a", "7.5", "7.5", "0", str(2**70), "inf",
    ]  # fmt: skip
