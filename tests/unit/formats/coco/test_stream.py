import json

import pytest

from assay.errors import InputError
from assay.formats.coco.stream import Chunk, JsonStream

TRICKY = {
    "info": {"note": 'braces } , { in "quotes" and \\ a backslash at the end \\'},
    "images": [
        {"id": 1, "file_name": "a}, {b.jpg", "nested": [{"x": [1, 2]}, {"y": "]}"}, {"z": {}}]},
        {"id": 2, "file_name": 'q"}, {"q', "empty": [], "none": {}},
        {"id": 3, "file_name": "ünïcödé \N{GRINNING FACE} \u2028 ]", "deep": [[[{"a": [{"b": 1}, {"c": 2}]}]]]},
    ],
    "annotations": [[1, 2], [], "text }, {", None, True, 1.5e-7, {"a": [{"b": 1}, {"b": 2}]}, {}, -3],
    "categories": [],
    "last": [1, {"two": 3}],
}


def read(path, window):
    """Return the file's content put together from its parts."""
    stream = JsonStream(path, {"images", "annotations", "categories"}, window=window)
    content = {}
    try:
        for part in stream.parts():
            if isinstance(part, Chunk):
                elements = content.setdefault(part.key, [])
                assert part.first == len(elements)
                assert stream.reread(part.start, part.end) == part.elements
                elements.extend(part.elements)
            else:
                content[part.key] = part.value
    finally:
        stream.close()
    return content


def write(tmp_path, text):
    path = tmp_path / "dataset.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal(tmp_path, text, window=64):
    with pytest.raises(InputError) as caught:
        read(write(tmp_path, text), window)
    line, column = caught.value.item.rsplit(":", 2)[1:]
    return (int(line), int(column)), caught.value.actual


@pytest.mark.parametrize("window", [1, 2, 3, 5, 8, 13, 16, 17, 31, 32, 48, 64, 100, 200, 1000, 1 << 20])
@pytest.mark.parametrize(
    "options",
    [{}, {"indent": 1}, {"separators": (",", ":")}, {"ensure_ascii": False}],
    ids=["default", "indented", "compact", "utf-8"],
)
def test_every_window_gives_what_parsing_at_once_gives(tmp_path, window, options):
    assert read(write(tmp_path, json.dumps(TRICKY, **options)), window) == TRICKY


@pytest.mark.parametrize("window", [4, 16, 1000])
def test_byte_order_mark_and_windows_line_ends_are_read_over(tmp_path, window):
    text = json.dumps(TRICKY, indent=2).replace("\n", "\r\n")
    assert read(write(tmp_path, b"\xef\xbb\xbf" + text.encode()), window) == TRICKY


@pytest.mark.parametrize("window", [8, 64, 1000])
def test_nan_and_infinity_are_read_as_python_writes_them(tmp_path, window):
    content = read(write(tmp_path, '{"images": [{"a": Infinity}, {"a": -Infinity}, {"a": [NaN]}]}'), window)
    assert content["images"][:2] == [{"a": float("inf")}, {"a": float("-inf")}]
    assert str(content["images"][2]["a"][0]) == "nan"


@pytest.mark.parametrize("window", [16, 1000])
@pytest.mark.parametrize("number", [2**63, 2**64 + 1, -(2**63) - 1, 10**40, 10**400])
def test_integers_of_any_size_are_exact(tmp_path, window, number):
    text = f'{{"top": {number}, "images": [{{"id": {number}}}, {{"id": 1}}], "annotations": [{number}]}}'
    assert read(write(tmp_path, text), window) == json.loads(text)


def test_half_surrogates_are_kept(tmp_path):
    assert read(write(tmp_path, '{"images": ["\\ud800 a", {"\\udfff": 1}]}'), 64) == {
        "images": ["\ud800 a", {"\udfff": 1}]
    }


def test_keys_with_escapes_are_the_keys_that_they_spell(tmp_path):
    assert read(write(tmp_path, r'{"im\u0061ges": [1, 2], "a\"b": 3}'), 8) == {"images": [1, 2], 'a"b': 3}


def test_empty_arrays_and_sections_of_another_type_are_told(tmp_path):
    content = {"images": [], "annotations": None, "categories": {"a": 1}, "info": {}}
    assert read(write(tmp_path, json.dumps(content)), 16) == content
    assert read(write(tmp_path, "{ }"), 16) == {}


def test_element_longer_than_the_window_is_read_whole(tmp_path):
    content = {"images": [{"file_name": "x" * 5000}, {"id": 2}, {"v": list(range(3000))}]}
    assert read(write(tmp_path, json.dumps(content)), 16) == content


@pytest.mark.parametrize("window", [16, 10_000])
def test_file_cut_at_any_byte_is_refused_where_it_stops_making_sense(tmp_path, window):
    data = json.dumps(TRICKY, indent=1, ensure_ascii=False).encode()
    for size in range(1, len(data)):
        text = data[:size].decode("utf-8", "replace")
        lines = text.split("\n")
        places = {(len(lines), len(lines[-1]) + 1)}
        if "\N{REPLACEMENT CHARACTER}" in text:
            places.add((len(lines), len(lines[-1])))
        try:
            json.loads(text)
        except json.JSONDecodeError as error:
            places.add((error.lineno, error.colno))
        assert refusal(tmp_path, data[:size], window)[0] in places, data[:size]


MALFORMED = [
    '{"images": [{"id": 1} {"id": 2}]}',
    '{"images": [{"id": 1},, {"id": 2}]}',
    '{"images": [, {"id": 1}]}',
    '{"images": [{"id": 1}}}',
    '{"images": [{"id": 1}}, {"id": 2}]}',
    '{"images": [{"id": [1}, {"id": 2}]}',
    '{"images": [{"id": 1]]}',
    '{"images": [{"id": 1], "annotations": []}',
    '{"images": [1 2]}',
    "{\"images\": ['a']}",
    '{"images": [{id: 1}]}',
    '{"images": [{"id" 1}]}',
    '{"images": [{"id": 01}]}',
    '{"images": [{"id": .5}]}',
    '{"images": [{"id": +1}]}',
    '{"images": [{"a": "tab\there"}]}',
    '{"images": [{"a": "bad \\x escape"}]}',
    '{"images": [true, tru, null]}',
    '{"images": [{"id": 1} // comment\n, {"id": 2}]}',
    '{"images" [1]}',
    '{"info": {"a": 1}} {}',
    '{"info": 1 2}',
    '{"info": [1, 2}',
    '{"info": nul, "a": 1}',
    '{"info": }',
    "{info: 1}",
    '{"info": 1, }',
    '{"images": [\n{"id": 1},\n{"id": "é", "x": 2 3}\n]}',
]


@pytest.mark.parametrize("window", [4, 64, 10_000])
@pytest.mark.parametrize("text", MALFORMED)
def test_malformed_text_is_refused_at_the_place_that_pythons_parser_names(tmp_path, text, window):
    with pytest.raises(json.JSONDecodeError) as expected:
        json.loads(text)
    place = (expected.value.lineno, expected.value.colno)
    assert refusal(tmp_path, text, window)[0] == place


@pytest.mark.parametrize("text", ['{"images": [1, ]}', '{"images": [{"id": 1}, ]}'])
@pytest.mark.parametrize("window", [4, 64])
def test_trailing_comma_of_a_section_is_refused_at_the_bracket(tmp_path, text, window):
    assert refusal(tmp_path, text, window)[0] == (1, text.index("]") + 1)


@pytest.mark.parametrize("text", ['{"images": [1], "images": [2]}', '{"info": 1, "images": [], "info": 2}'])
def test_key_for_the_second_time_is_refused_since_only_one_of_the_two_could_be_kept(tmp_path, text):
    place, reason = refusal(tmp_path, text)
    assert place == (1, text.rindex('"i') + 1)
    assert "second time" in reason


@pytest.mark.parametrize("depth", [1200, 100_000])
@pytest.mark.parametrize("pattern", ['{{"images": [{}]}}', '{{"images": [{{"a": {}}}, 1]}}', '{{"info": {}}}'])
def test_deep_nesting_is_an_error_and_no_crash(tmp_path, pattern, depth):
    text = pattern.format("[" * depth + "]" * depth)
    assert refusal(tmp_path, text)[1] == "nested too deeply"
    assert refusal(tmp_path, text[: len(text) // 2])[1] == "nested too deeply"


def test_number_of_many_thousand_digits_is_refused(tmp_path):
    assert refusal(tmp_path, '{"info": 1, "images": [2, ' + "1" * 5000 + "]}")[1] == "a number with too many digits"


def test_text_that_is_not_utf8_is_refused_at_the_byte(tmp_path):
    place, reason = refusal(tmp_path, b'{"images": [\n{"file_name": "gr\xfcn"}]}')
    assert (place, reason) == ((2, 18), "not valid UTF-8")


def test_utf16_is_named(tmp_path):
    assert refusal(tmp_path, "\ufeff{}".encode("utf-16-le"))[1] == "UTF-16 text"


@pytest.mark.parametrize("text", ["[]", ' [{"image_id": 1}]'])
def test_top_level_list_is_told_to_be_predictions(tmp_path, text):
    with pytest.raises(InputError, match="not a COCO dataset") as caught:
        read(write(tmp_path, text), 64)
    assert caught.value.actual == "a JSON array"
    assert "predictions" in caught.value.hint


@pytest.mark.parametrize("text", ["3", "null", "hello", "<html>", "   "])
def test_text_that_is_no_object_is_refused(tmp_path, text):
    assert "expected '{'" in refusal(tmp_path, text)[1]


def test_empty_file_folder_and_missing_file_are_told_apart(tmp_path):
    for path, actual in ((write(tmp_path, ""), "0 bytes"), (tmp_path, "a folder"), (tmp_path / "no", "nothing there")):
        with pytest.raises(InputError) as caught:
            JsonStream(path, set())
        assert (caught.value.actual, caught.value.item) == (actual, str(path))
