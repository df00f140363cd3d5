"""When metrics that a person writes are computed."""

from __future__ import annotations

import pytest
from tests.unit.jobs.custom_metrics.samples import GREEN_EXCESS, ID_OF_IMAGE, TABLE

LOGGED = '''
@metric(scope="image", title="Counted")
def counted(image, info):
    """Version {version}."""
    with open({log!r}, "a") as file:
        file.write(f"{{info.id}} ")
    return {version} * info.id
'''


def test_a_metric_is_computed_again_when_its_source_has_changed_and_only_then(project, define, tmp_path, column):
    log = tmp_path / "log"

    def calls():
        found = [int(word) for word in log.read_text().split()] if log.exists() else []
        log.unlink(missing_ok=True)
        return found

    project("metric", "add", define(LOGGED.format(version=1, log=str(log))))
    assert calls() == []
    assert project("metric", "run", "counted", "--json").json["measured"] == 6
    assert calls() == [1, 2, 3, 4, 5, 6]
    for keys in (["counted"], ["--all"], ["brightness"]):
        assert project("metric", "run", *keys, "--json").json["measured"] == 0
    assert calls() == []
    define(LOGGED.format(version=10, log=str(log)))
    run = project("metric", "run", "--all", "--json")
    assert (run.code, run.json["measured"], run.json["failed"]) == (0, 6, {})
    assert calls() == [1, 2, 3, 4, 5, 6]
    assert column("counted") == [10, 20, 30, 40, 50, 60]
    shown = project("metric", "show", "counted", "--json").json
    assert (shown["description"], shown["max"]) == ("Version 10.", 60)
    assert project("metric", "run", "--all", "--json").json["measured"] == 0
    assert project("metric", "run", "counted", "--again", "--json").json["measured"] == 6
    assert calls() == [1, 2, 3, 4, 5, 6]


def test_adding_a_file_again_brings_in_what_is_new(project, define, column):
    project("metric", "add", define(GREEN_EXCESS))
    project("metric", "run", "green_excess")
    added = project("metric", "add", define(GREEN_EXCESS, ID_OF_IMAGE), "--json")
    assert (added.code, [m["key"] for m in added.json]) == (0, ["green_excess", "number"])
    project("metric", "run", "--all")
    assert column("number") == [1, 2, 3, 4, 5, 6]


def test_images_that_are_added_get_their_values_and_tables_are_computed_anew(
    cli, project, run_file, make_dataset, column
):
    run_file(
        ID_OF_IMAGE,
        """
        @metric(scope="image", title="Rank", table=True)
        def rank(columns):
            return (-columns["id"]).argsort().argsort()
        """,
    )
    assert column("rank") == [5, 4, 3, 2, 1, 0]
    more = make_dataset(images=2, first_id=50, name="more")
    assert project(*more.options(), "--name", "colors", "--add").code == 0
    assert column("number") == [1, 2, 3, 4, 5, 6, 50, 51]
    assert column("rank") == [7, 6, 5, 4, 3, 2, 1, 0]
    shown = project("metric", "show", "rank", "--json").json
    assert (shown["count"], shown["nulls"], shown["max"]) == (8, 0, 7)


@pytest.mark.parametrize("asked", ["table", "--all"])
def test_a_changed_table_metric_is_computed_again(run_file, project, define, column, asked):
    assert run_file(TABLE.format(factor=1)).code == 0
    define(TABLE.format(factor=10))
    assert project("metric", "run", asked).code == 0
    assert column("table") == [10, 20, 30, 40, 50, 60]


def test_a_metric_that_changes_its_scope_leaves_nothing_behind(run_file, project, define, column):
    run_file('@metric(scope="image", title="A")\ndef wandering(image):\n    return 1\n')
    define('@metric(scope="annotation", title="A")\ndef wandering(crop, annotation, image):\n    return 2\n')
    assert project("metric", "run", "wandering").code == 0
    assert column("wandering", "annotation") == [2] * 18
    assert project("query", "--fields", "wandering").code == 2
    assert [m["scope"] for m in project("metric", "list", "--json").json if m["key"] == "wandering"] == ["annotation"]
