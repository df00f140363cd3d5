"""`assay query`, `tag`, `view` and `meta` keep their contracts on the command line."""

from __future__ import annotations


def test_query_and_tag_keep_their_contracts(cli, workspace):
    project = workspace / "colors"
    added = cli("tag", "add", "-t", project, "big", "--query", "object_area>120", "--scope", "annotation", "--json")
    count = cli("query", "-t", project, "object_area>120", "--scope", "annotation", "--json").json["total"]
    assert added.json == {"tag": "big", "changed": count}
    assert cli("tag", "list", "-t", project, "--json").json == [{"name": "big", "images": 0, "annotations": count}]
    found = cli(
        "query", "-t", project, "tag:big not class:red", "--scope", "annotation", "--fields", "object_area",
        "--sort", "-object_area", "--limit", "2", "--json",
    ).json  # fmt: skip
    areas = [item["object_area"] for item in found["items"]]
    assert areas == sorted(areas, reverse=True)
    assert len(areas) == min(2, found["total"])
    removed = cli("tag", "remove", "-t", project, "big", "-q", "class:red", "--scope", "annotation", "--json")
    assert removed.json == {"tag": "big", "changed": count - found["total"]}
    assert cli("tag", "rename", "-t", project, "big", "large").code == 0
    assert cli("tag", "remove", "-t", project, "large", "--json").json["changed"] == found["total"]
    assert cli("tag", "list", "-t", project, "--json").json == []


def test_an_error_in_a_query_is_marked_under_the_word(cli, workspace):
    run = cli("query", "-t", workspace / "colors", "width<90 class:rde")
    assert run.code == 2
    lines = run.err.splitlines()
    at = lines.index("  width<90 class:rde")
    assert lines[at + 1] == "                 ^^^"
    assert "Did you mean “red”?" in run.err


def test_a_second_target_is_refused_since_it_is_meant_as_a_complement(cli, workspace):
    run = cli("query", "-t", workspace / "colors", "-tag:done")
    assert run.code == 2
    assert "not tag:done" in run.err
    assert cli("query", "-t", workspace / "colors", "--sort", "-track", "--json").code == 2  # a key of annotations
    assert "track" in cli("query", "-t", workspace / "colors", "--sort", "-track", "--json").err


def test_tags_go_through_a_file(cli, workspace, tmp_path):
    project, file = workspace / "colors", tmp_path / "tags.csv"
    cli("tag", "add", "-t", project, "dark", "--query", "brightness<0.5")
    before = cli("tag", "list", "-t", project, "--json").json
    assert cli("tag", "export", "-t", project, "-o", file).code == 0
    cli("tag", "remove", "-t", project, "dark")
    assert cli("tag", "import", "-t", project, file, "--json").json["changed"] == before[0]["images"]
    assert cli("tag", "list", "-t", project, "--json").json == before


def test_a_file_with_a_row_longer_than_its_header_changes_nothing(cli, workspace, tmp_path):
    project, file = workspace / "colors", tmp_path / "long.csv"
    file.write_text("tag,scope,file_name,id\nfine,image,00000.jpg,\nodd,image,00001.jpg,,2\n")
    run = cli("tag", "import", "-t", project, file)
    assert (run.code, f"{file}:3: row 2" in run.err) == (3, True)
    file.write_text("file_name,remark\n00000.jpg,dark, wet\n")
    run = cli("meta", "add", file, "-t", project, "--key", "file_name")
    assert (run.code, "row 1" in run.err, "wet" in run.err) == (3, True, True)
    assert "fine" not in cli("tag", "list", "-t", project).out
    assert "meta.remark" not in cli("meta", "list", "-t", project).out


def test_views_are_saved_listed_and_removed(cli, workspace):
    project = workspace / "colors"
    saved = cli("view", "save", "-t", project, "Red ones", "class:red", "--scope", "annotation", "--json").json
    assert (saved["name"], saved["count"]) == ("Red ones", 6)
    assert "Red ones" in cli("view", "list", "-t", project).out
    assert cli("view", "remove", "-t", project, "Red ones").code == 0
    assert cli("view", "list", "-t", project, "--json").json == []
    assert cli("view", "remove", "-t", project, "Red ones").code == 2
    assert cli("view", "save", "-t", project, "x", "class:").code == 2


def test_columns_are_added_and_listed(cli, workspace, tmp_path):
    project, file = workspace / "colors", tmp_path / "more.csv"
    file.write_text("file_name,weather\n00000.jpg,sunny\n")
    assert cli("meta", "add", file, "-t", project, "--key", "file_name", "--json").json["columns"] == ["meta.weather"]
    listed = cli("meta", "list", "-t", project, "--json").json
    assert {c["name"]: c["count"] for c in listed}["meta.weather"] == 1
    assert cli("query", "-t", project, "meta.weather:sunny", "--json").json["total"] == 1
    assert cli("meta", "add", tmp_path / "no.csv", "-t", project).code == 3


def test_what_a_command_lacks_is_said(cli, workspace):
    assert "--query" in cli("tag", "add", "-t", workspace / "colors", "x").err
    assert cli("tag", "add", "-t", workspace / "colors", "x").code == 2
    assert cli("query", "-t", workspace / "colors", "class:red", "-q", "class:blue").code == 2
    assert cli("tag", "remove", "-t", workspace / "colors", "never").code == 2


def test_a_table_in_an_order_shows_what_orders_it_unless_columns_are_chosen(cli, workspace):
    ask = ("query", "-t", workspace / "colors", "--scope", "annotation", "--limit", "1")
    plain = cli(*ask)
    assert plain.out.split("\n")[0].split() == ["id", "file_name", "class"]
    ordered = cli(*ask, "--sort", "-object_area")
    assert ordered.out.split("\n")[0].split() == ["id", "file_name", "class", "object_area"]
    chosen = cli(*ask, "--sort", "-object_area", "--fields", "object_width")
    assert chosen.out.split("\n")[0].split() == ["id", "file_name", "class", "object_width"]
    [item] = cli(*ask, "--sort", "-object_area", "--json").json["items"]
    assert "object_area" not in item  # machines ask for what they want
