"""A database holds tables of plain columns only: nothing of a stranger's is computed or read with a table."""

from __future__ import annotations

import os
import shutil
from contextlib import closing

import duckdb
import numpy as np
import pytest

from assay.errors import StorageError
from assay.project.database import Database
from assay.project.lock import Holder
from assay.project.schema import SCHEMA_VERSION, expected_columns
from assay.project.store import Store
from assay.project.workspace import Workspace

SECRET = "the secret of this machine"


@pytest.fixture
def secret(tmp_path):
    """A text file outside the folder of projects."""
    file = tmp_path / "secret.txt"
    file.write_text(SECRET)
    return file


@pytest.fixture
def place(workspace):
    opened = Workspace(workspace, Holder(pid=os.getpid()))
    yield opened
    opened.close()


def forge(project, *statements):
    """Change a project's database as a stranger would, with a DuckDB of their own."""
    with duckdb.connect(str(project / "assay.duckdb")) as database:
        for statement in statements:
            database.execute(statement)


CLOSED = (
    "enable_external_access",
    "python_enable_replacements",
    "autoinstall_known_extensions",
    "autoload_known_extensions",
    "allow_community_extensions",
    "allow_persistent_secrets",
)
HOSTILE = {
    "view in the place of a table": (
        ("DROP TABLE history", "CREATE VIEW history AS SELECT content AS actor FROM read_text({file!r})"),
        "the view 'history'",
    ),
    "view that computes": (("CREATE VIEW more AS SELECT 1 AS x",), "the view 'more'"),
    "macro": (("CREATE MACRO lower(x) AS 'theirs'",), "the macro 'lower'"),
    "table macro": (
        ("CREATE MACRO image_list() AS TABLE SELECT content FROM read_text({file!r})",),
        "the table_macro 'image_list'",
    ),
    "macros that hide a view": (
        (
            "CREATE VIEW more AS SELECT content FROM read_text({file!r})",
            *(
                f"CREATE MACRO {name}() AS TABLE SELECT '' AS database_name, {columns}, true AS internal WHERE false"
                for name, columns in (
                    ("duckdb_views", "'' AS view_name"),
                    ("duckdb_columns", "'' AS column_name"),
                    ("duckdb_functions", "'' AS function_name, '' AS function_type"),
                )
            ),
        ),
        "the view 'more'",
    ),
    "enum": (("CREATE TYPE colour AS ENUM ('red', 'blue')",), "the type 'colour'"),
    "name for a type": (("CREATE TYPE number AS BIGINT",), "the type 'number'"),
    "sequence": (("CREATE SEQUENCE counter",), "the sequence 'counter'"),
    "trigger": (
        (
            "CREATE TABLE theirs (x INTEGER)",
            "CREATE TRIGGER watch AFTER INSERT ON history FOR EACH STATEMENT INSERT INTO theirs VALUES (1)",
        ),
        "the trigger 'watch'",
    ),
    "index on an expression": (
        ("CREATE TABLE theirs (x INTEGER)", "CREATE INDEX looker ON theirs ((x + 1))"),
        "the index 'looker'",
    ),
    "schema": (("CREATE SCHEMA other",), "the schema 'other'"),
    "table in another schema": (("CREATE SCHEMA other", "CREATE TABLE other.image (x INTEGER)"), "the schema 'other'"),
    "check constraint": (
        ("CREATE TABLE theirs (x VARCHAR CHECK (length(x) < 9))",),
        "the check constraint of table 'theirs'",
    ),
    "generated column": (
        ("CREATE TABLE theirs (x INTEGER, y INTEGER GENERATED ALWAYS AS (x + 1))",),
        "theirs.y, computed as CAST((x + 1) AS INTEGER)",
    ),
    "generated constant": (
        ("CREATE TABLE theirs (x INTEGER, y INTEGER GENERATED ALWAYS AS (7))",),
        "theirs.y, computed as",
    ),
    "default with a function": (
        ("ALTER TABLE history ADD COLUMN who VARCHAR DEFAULT current_setting('home_directory')",),
        "history.who, computed as current_setting('home_directory')",
    ),
    "default that joins texts": (
        ("CREATE TABLE theirs (x VARCHAR DEFAULT ('a''' || current_user || '''b'))",),
        "theirs.x, computed as",
    ),
    "struct": (("CREATE TABLE theirs (x STRUCT(a INTEGER))",), "theirs.x of type STRUCT(a INTEGER)"),
    "list": (("CREATE TABLE theirs (x INTEGER[])",), "theirs.x of type INTEGER[]"),
    "union": (("CREATE TABLE theirs (x UNION(a INTEGER, b VARCHAR))",), "theirs.x of type UNION("),
    "enum of a column": (("CREATE TABLE theirs (x ENUM ('red'))",), "theirs.x of type ENUM('red')"),
    "own column of another type": (
        ("ALTER TABLE history ALTER COLUMN detail TYPE VARCHAR[] USING [detail]",),
        "history.detail of type VARCHAR[]",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("statements", "found"), HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("writable", [True, False], ids=["writable", "read-only"])
def test_a_database_with_anything_but_tables_is_not_opened(place, secret, statements, found, writable, monkeypatch):
    forge(place.directory / "colors", *(statement.format(file=str(secret)) for statement in statements))
    if not writable:
        monkeypatch.setattr("assay.project.store._is_writable", lambda _: False)
    with pytest.raises(StorageError) as caught:
        place.get("colors")
    assert "holds what Assay has not put there" in caught.value.message
    assert found in caught.value.actual
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
@pytest.mark.parametrize("name", ["assay.duckdb", "assay.duckdb.wal"])
def test_a_database_or_log_that_leads_elsewhere_is_not_opened(place, tmp_path, name, kind):
    file = place.directory / "colors" / name
    elsewhere = tmp_path / "elsewhere"
    if file.exists():
        shutil.move(file, elsewhere)
    else:
        elsewhere.write_bytes(b"")
    if kind == "link":
        file.symlink_to(elsewhere)
    elif kind == "pipe":
        os.mkfifo(file)
    else:
        file.mkdir()
    before = elsewhere.read_bytes()
    with pytest.raises(StorageError) as caught:
        place.get("colors")
    assert name in str(caught.value)
    assert elsewhere.read_bytes() == before


def test_what_a_log_adds_is_checked_as_well(place, secret):
    project = place.directory / "colors"
    with duckdb.connect(str(project / "assay.duckdb")) as database:
        database.execute("PRAGMA disable_checkpoint_on_shutdown")
        database.execute("SET checkpoint_threshold = '1GB'")
        database.execute(f"CREATE VIEW more AS SELECT content FROM read_text('{secret}')")
    assert (project / "assay.duckdb.wal").stat().st_size > 0
    with pytest.raises(StorageError, match="the view 'more'"):
        place.get("colors")


def test_tables_and_columns_of_anybodys_are_no_orders(place):
    forge(
        place.directory / "colors",
        "CREATE TABLE theirs (x DOUBLE DEFAULT -1.5, y VARCHAR DEFAULT 'it''s', z DATE DEFAULT '2020-01-01')",
        'CREATE TABLE "image; DROP TABLE image" ("a ""b""" DECIMAL(9, 2) NOT NULL)',
    )
    with place.get("colors").read() as cursor:
        assert cursor.execute("SELECT count(*) FROM image").fetchall() == [(6,)]


def test_a_database_that_grants_nothing_reaches_no_file_outside_its_folder(tmp_path, secret):
    (tmp_path / "ws").mkdir()
    database = Database(tmp_path / "ws")
    model = database.attach_model()
    with closing(database.root.cursor()) as root, closing(database.cursor(model)) as cursor:
        for connection in (root, cursor):
            for statement in (
                f"SELECT content FROM read_text('{secret}')",
                f"SELECT * FROM read_csv('{secret}')",
                f"SELECT * FROM '{secret}'",
                f"SELECT * FROM glob('{secret.parent}/*.txt')",
                f"COPY (SELECT 1) TO '{secret}'",
                f"ATTACH '{secret.parent}/new.duckdb'",
                "INSTALL httpfs",
                "LOAD httpfs",
                "CREATE PERSISTENT SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')",
                "SET enable_external_access = true",
                f"SET allowed_directories = ['{secret.parent}']",
            ):
                with pytest.raises(duckdb.Error):
                    connection.execute(statement).fetchall()
            settings = dict(connection.execute("SELECT name, value FROM duckdb_settings()").fetchall())
            assert {settings[name] for name in CLOSED} == {"false"}
    assert secret.read_text() == SECRET
    assert sorted(p.name for p in tmp_path.iterdir()) == ["secret.txt", "ws"]
    database.detach(model)
    database.close()


def test_local_variables_are_no_tables(tmp_path):
    database = Database(tmp_path)
    colours = {"name": np.array(["red"])}
    for connection in (database.root, database.root.cursor()):
        with pytest.raises(duckdb.CatalogException):
            connection.execute("SELECT * FROM colours")
    assert colours
    database.close()


def test_a_new_project_has_the_columns_that_the_migrations_make(tmp_path):
    database = Database(tmp_path)
    expected = expected_columns(database)
    assert expected["image", "path"] == "VARCHAR"
    assert expected["annotation", "faults"] == "UTINYINT"
    store = Store.create(tmp_path / "p", database, Holder(pid=os.getpid()))
    with store.read() as cursor:
        assert cursor.execute("SELECT value FROM state WHERE key = 'schema'").fetchall() == [(SCHEMA_VERSION,)]
    store.close()
    database.close()
