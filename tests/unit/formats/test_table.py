"""Tables whose rows do not fit their header: nothing is cut in silence."""

import pytest

from assay.errors import InputError
from assay.formats.table import Table


def write(tmp_path, text):
    file = tmp_path / "table.csv"
    file.write_text(text, encoding="utf-8")
    return file


def test_cells_beyond_the_header_are_a_rows_surplus(tmp_path):
    table = Table(write(tmp_path, "file,label\na.png,cat\nb.png,cat, black\nc.png\n\nd.png,dog,,\n"))
    assert [(row.place, row.line, row.cells, row.surplus) for row in table.rows()] == [
        ("row 1", 2, ["a.png", "cat"], []),
        ("row 2", 3, ["b.png", "cat"], ["black"]),
        ("row 3", 4, ["c.png", ""], []),
        ("row 4", 6, ["d.png", "dog"], []),
    ]


def test_a_comma_at_the_end_of_the_header_makes_no_column(tmp_path):
    table = Table(write(tmp_path, "file,label,\na.png,cat,\nb.png,cat, black\n"))
    assert table.header == ["file", "label"]
    assert [row.surplus for row in table.rows()] == [[], ["black"]]


def test_a_column_without_a_name_before_others_is_passed_over(tmp_path):
    table = Table(write(tmp_path, ",file,label\n0,a.png,cat\n"))  # as pandas writes its index
    assert [(row.cells, row.surplus) for row in table.rows()] == [(["0", "a.png", "cat"], [])]


def test_a_file_that_is_used_as_a_whole_is_refused_with_the_row(tmp_path):
    file = write(tmp_path, 'id,note\n1,"two\nlines"\n2,a,b\n')
    with pytest.raises(InputError) as caught:
        list(Table(file).sound_rows())
    assert (caught.value.item, caught.value.actual) == (f"{file}:4: row 2", "beyond its 2 columns 'b'")
    assert "double quotes" in (caught.value.hint or "")
