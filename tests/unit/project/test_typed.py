from math import inf, nan

import pytest
from tests.unit.formats.coco.coco_files import open_project

from assay.project.typed import infer_columns, storable, write_columns


def infer(*records):
    columns, left_out = infer_columns(enumerate(records))
    return {c.name: (c.type, dict(zip(c.rows.tolist(), c.values, strict=True))) for c in columns}, left_out


@pytest.mark.parametrize(
    ("values", "kind", "stored"),
    [
        ([True, False], "BOOLEAN", [True, False]),
        ([1, 2.5], "DOUBLE", [1.0, 2.5]),
        ([1, inf], "DOUBLE", [1.0, inf]),
        (["a", "b"], "VARCHAR", ["a", "b"]),
        (["1", 2], "VARCHAR", ["1", "2"]),
        ([True, 1], "VARCHAR", ["True", "1"]),
        ([1, 10**309], "VARCHAR", ["1", str(10**309)]),
        (
            ["2013-11-14 11:18:45", "2013/11/15"],
            "TIMESTAMP",
            ["2013-11-14 11:18:45", "2013-11-15 00:00:00"],
        ),
        (["2024-01-01T02:00:00+02:00", "2024-01-01T00:00:00Z"], "TIMESTAMP", ["2024-01-01 00:00:00"] * 2),
        (["0001-01-01T00:00:00+14:00"] * 2, "VARCHAR", ["0001-01-01T00:00:00+14:00"] * 2),
        (["2013-11-14", "soon"], "VARCHAR", ["2013-11-14", "soon"]),
        (["12345678", "87654321"], "VARCHAR", ["12345678", "87654321"]),
        (["\ud800", "ü"], "VARCHAR", ["\\ud800", "ü"]),
    ],
)
def test_column_has_the_narrowest_type_that_all_values_fit(values, kind, stored):
    columns, left_out = infer({"f": values[0]}, {}, {"f": values[1]})
    if kind == "TIMESTAMP":
        columns["f"] = (columns["f"][0], {row: str(date) for row, date in columns["f"][1].items()})
    assert columns == {"f": (kind, {0: stored[0], 2: stored[1]})}
    assert left_out == []


def test_nested_values_null_and_nan_have_no_column():
    assert infer({"a": [1], "b": {"c": 1}, "d": None, "e": nan}) == ({}, [])


def test_attributes_are_opened_up_one_level():
    columns, _ = infer({"attributes": {"rotation": 5, "deep": {"x": 1}}, "score": 0.5})
    assert columns == {"rotation": ("DOUBLE", {0: 5.0}), "score": ("DOUBLE", {0: 0.5})}


def test_fields_beyond_the_first_500_without_a_name_or_with_a_long_one_are_told():
    columns, left_out = infer({"": 1, "x" * 121: 1} | {f"f{i}": i for i in range(501)})
    assert len(columns) == 500
    assert left_out == sorted(["", "x" * 121, "f500"])


def write(store, *records, first=0):
    columns, _ = infer_columns(enumerate(records, start=first))
    with store.write() as cursor:
        write_columns(cursor, "image", columns, first + len(records))
    with store.read() as cursor:
        result = cursor.execute("SELECT * FROM image_meta ORDER BY row")
        names = [column[0] for column in result.description]
        rows = result.fetchall()
        types = dict(cursor.execute("SELECT name, type FROM typed_column WHERE scope = 'image'").fetchall())
    return names, rows, types


def test_names_that_differ_in_case_only_or_are_called_row_get_columns_of_their_own(tmp_path):
    with open_project(tmp_path) as store:
        names, rows, types = write(store, {"a": 1, "A": 2, "row": 3, 'q"\0': 4})
    assert names == ["row", "a", "A_2", "row_2", 'q"\0']
    assert rows == [(0, 1.0, 2.0, 3.0, 4.0)]
    assert set(types) == set(names[1:])


def test_type_widens_when_a_later_source_needs_it(tmp_path):
    with open_project(tmp_path) as store:
        write(store, {"n": 1.5, "b": True, "d": "2024-01-02"}, {})
        names, rows, types = write(store, {"n": "many", "b": False}, {"d": 7, "n": 3}, first=2)
    assert names == ["row", "n", "b", "d"]
    assert types == {"n": "VARCHAR", "b": "BOOLEAN", "d": "VARCHAR"}
    assert rows == [
        (0, "1.5", True, "2024-01-02 00:00:00"),
        (1, None, None, None),
        (2, "many", False, None),
        (3, "3", None, "7.0"),
    ]


def test_text_becomes_storable_by_escaping_half_surrogates_only():
    assert storable("a\0ü\N{GRINNING FACE}") == "a\0ü\N{GRINNING FACE}"
    assert storable("\ud83d") == "\\ud83d"
