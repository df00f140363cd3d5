"""Text of strangers, made safe to print and to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.text import escape_json, printable, read_cell, write_cell, write_csv


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("street 5.jpg", "street 5.jpg"),
        ("\x1b[2Jx", r"\x1b[2Jx"),
        ("a\nError: b\r\tc", r"a\nError: b\r\tc"),
        ("\x9b31m\x7f\x07", r"\x9b31m\x7f\x07"),
        ("\u202egpj.exe", r"\u202egpj.exe"),
        ("\u2067a\u2069\u200f\u061c", r"\u2067a\u2069\u200f\u061c"),
        ("a\u2028b\ufeff\u200b", r"a\u2028b\ufeff\u200b"),
        ("\U000e0041", r"\U000e0041"),
        ("é 日本 עברית 👩\u200d👧 می\u200c", "é 日本 עברית 👩\u200d👧 می\u200c"),
    ],
)
def test_what_nobody_sees_is_written_out(text, shown):
    assert printable(text) == shown


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("cat", "cat"),
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\uff1d1", "'\uff1d1"),
        ("'=1", "''=1"),
        ("''=1", "'''=1"),
        ("'tis", "'tis"),
        ("\t=1", r'"\t=1"'),
        ("\r=1", r'"\r=1"'),
        (" =1", '" =1"'),
        ("a\u202eb", r'"a\u202eb"'),
        ('"a"', r'"\"a\""'),
        ("-5", "-5"),
        ("-1.5e-3", "-1.5e-3"),
        (-5, -5),
        (0.25, 0.25),
        (None, None),
        ("", ""),
    ],
)
def test_a_cell_is_nothing_that_a_spreadsheet_runs(text, cell):
    assert write_cell(text) == cell


ODD = st.one_of(st.sampled_from("'\"=+-@\t\r\n \\u\u202e\x1b1"), st.characters(exclude_categories=["Cs"]))


@given(st.text(alphabet=ODD))
def test_every_text_comes_back_from_a_file_exactly(text):
    (row,) = csv.reader(io.StringIO(write_csv(["x", str(write_cell(text))], []), newline=""))
    assert read_cell(row[1]) == text
    assert row[1] == printable(row[1])
    assert not row[1].startswith(("=", "+", "@", "\t", "\r", "\n"))


@given(st.text() | st.lists(st.text()))
def test_json_is_the_same_data_and_acts_on_no_terminal(value):
    text = escape_json(json.dumps(value, ensure_ascii=False, indent=1))
    assert json.loads(text) == value
    assert printable(text.replace("\n", "")) == text.replace("\n", "")
