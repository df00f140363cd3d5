"""Which files of metrics can be added, and how they are removed."""

from __future__ import annotations

import pytest
from tests.unit.jobs.custom_metrics.samples import FUSSY, GREEN_EXCESS, ID_OF_IMAGE, refused

from assay.errors import UsageError
from assay.metrics.custom import metric

UNUSABLE = [
    ("", ["defines no metric", "a function decorated with @assay.metric"]),
    ("def plain(image):\n    return 1\n", ["defines no metric"]),
    ("from assay import metric\n", ["defines no metric"]),
    ("def broken(:\n", ["cannot be run", "SyntaxError"]),
    ("import no_such_module_anywhere\n", ["cannot be run", "ModuleNotFoundError", "no_such_module_anywhere"]),
    ("1 / 0\n", ["cannot be run", "ZeroDivisionError"]),
    ("\0", ["cannot be run"]),
]


def test_a_file_that_cannot_be_used_is_refused_by_name(project, define):
    for text, words in UNUSABLE:
        refused(project("metric", "add", define(text, header="")), 3, "mine.py", *words)
    assert project("metric", "run", "--all").code == 0


def test_files_that_are_not_there_or_no_python(project, tmp_path):
    refused(project("metric", "add", tmp_path / "nowhere.py"), 3, "nowhere.py", "No such file")
    (tmp_path / "notes.txt").write_text(GREEN_EXCESS)
    refused(project("metric", "add", tmp_path / "notes.txt"), 3, "notes.txt", ".py")
    refused(project("metric", "add", tmp_path), 3, tmp_path)


def test_the_name_of_a_built_in_metric_or_field_is_taken(project, define):
    for key in ("brightness", "object_area", "file_name", "split", "class", "track"):
        mine = f'@metric(scope="image", title="Mine", key="{key}")\ndef mine(image):\n    return 1\n'
        refused(project("metric", "add", define(mine, GREEN_EXCESS)), 2, "key is taken", key)
    listed = {m["key"] for m in project("metric", "list", "--json").json}
    assert "green_excess" not in listed  # all of a file or nothing


def test_another_files_key_is_taken_until_that_metric_is_removed(project, define, column):
    first = define(ID_OF_IMAGE, name="first.py")
    second = define(ID_OF_IMAGE.replace("info.id", "-info.id"), name="second.py")
    project("metric", "add", first)
    refused(project("metric", "add", second), 2, "number", "first.py", "assay metric remove number")
    assert project("metric", "remove", "number").code == 0
    assert project("metric", "add", second).code == 0
    project("metric", "run", "number")
    assert column("number") == [-1, -2, -3, -4, -5, -6]


CONTRADICTIONS = [
    ('scope="pixel", title="T"', ["scope is unknown", "pixel"]),
    ('scope="image", title="T", key="Not A Key"', ["plain name", "Not A Key"]),
    ('scope="image", title="T", key="1st"', ["plain name"]),
    ('scope="image", title="T", moderate=1', ["rule is incomplete", "severe"]),
    ('scope="image", title="T", severe=1', ["rule is incomplete", "suspicious"]),
    ('scope="image", title="T", suspicious="both", severe=1', ["rule is incomplete"]),
    ('scope="image"', ["title"]),
    ('title="T"', ["scope"]),
]


def test_declarations_that_contradict_themselves_are_refused(project, define):
    for declared, words in CONTRADICTIONS:
        file = define(f"@metric({declared})\ndef mine(image):\n    return 1\n")
        refused(project("metric", "add", file), 3, "mine.py", *words)


def test_the_decorator_leaves_the_function_as_it_is():
    @metric(scope="image", title="Mine", key="another_name")
    def mine(image):
        return image + 1

    assert mine(1) == 2
    assert mine.__name__ == "mine"
    with pytest.raises(UsageError, match="scope is unknown"):
        metric(scope="prediction", title="No")


def test_a_removed_metric_is_gone_with_its_values(project, define, column, run_file):
    run_file(GREEN_EXCESS, ID_OF_IMAGE)
    run = project("metric", "remove", "Green excess")
    assert (run.code, run.out) == (0, "Green excess is removed.\n")
    refused(project("query", "--fields", "green_excess"), 2, "green_excess")
    refused(project("metric", "show", "green_excess"), 2, "green_excess")
    assert "green_excess" not in {m["key"] for m in project("metric", "list", "--json").json}
    assert column("number") == [1, 2, 3, 4, 5, 6]
    assert project("metric", "run", "--all", "--json").json["measured"] == 0
    assert project("metric", "add", define(GREEN_EXCESS)).code == 0
    assert project("metric", "run", "green_excess", "--json").json["measured"] == 6
    assert len(column("green_excess")) == 6


def test_what_cannot_be_removed(project):
    refused(project("metric", "remove", "brightness"), 2, "built-in", "brightness")
    refused(project("metric", "remove", "brightnes"), 2, "brightnes", "Did you mean 'brightness'?")


def test_a_file_that_is_gone_is_told_of_and_the_others_go_on(project, define, run_file, column):
    run_file(GREEN_EXCESS, name="first.py")
    second = define(ID_OF_IMAGE, name="second.py")
    project("metric", "add", second)
    define(name="first.py").unlink()
    run = project("metric", "run", "--all", "--json")
    assert (run.code, list(run.json["failed"])) == (1, ["green_excess"])
    assert "first.py" in run.json["failed"]["green_excess"]
    assert column("number") == [1, 2, 3, 4, 5, 6]
    assert None not in column("green_excess")  # what it had stays
    define(FUSSY, name="first.py")
    run = project("metric", "run", "--all", "--json")
    assert "does not define it any more" in run.json["failed"]["green_excess"]
    define(GREEN_EXCESS, name="first.py")
    assert project("metric", "run", "--all", "--json").json["failed"] == {}


def test_unknown_names_are_refused_before_anything_runs(project, define):
    project("metric", "add", define(GREEN_EXCESS, GREEN_EXCESS.replace("green_excess", "other")))
    refused(project("metric", "run", "green_exces"), 2, "green_exces", "Did you mean 'green_excess'?")
    refused(project("metric", "run", "green excess"), 2, "Several metrics", "green_excess or other")
