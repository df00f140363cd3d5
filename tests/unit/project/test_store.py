"""The project store: migrations, transactions, readers beside a writer, history, locks, folders that move."""

from __future__ import annotations

import json
import os
import shutil
import threading

import duckdb
import pytest

from assay.errors import BusyError, ExistsError, NotFoundError, StorageError, UsageError
from assay.project.database import Database
from assay.project.lock import PROJECT_LOCK, Holder, Lock, read_holder
from assay.project.manifest import is_leftover, read_manifest
from assay.project.naming import check_project_name, suggest_project_name
from assay.project.schema import SCHEMA_VERSION, migrations
from assay.project.store import Store, insert_columns
from assay.project.workspace import Workspace
from assay.query.results import ResultSets

ME = Holder(pid=os.getpid())


@pytest.fixture
def place(tmp_path):
    """An open, empty workspace."""
    opened = Workspace(tmp_path / "place", ME)
    opened.directory.mkdir()
    yield opened
    opened.close()


@pytest.fixture
def store(place):
    return place.create("new")


def add_images(cursor, *rows: int) -> None:
    for row in rows:
        cursor.execute(
            "INSERT INTO image(row, source, source_id, file_name) VALUES (?, 0, ?, 'a.jpg')", [row, 100 + row]
        )


def test_an_empty_database_is_brought_to_the_newest_schema_once(place, store):
    assert [number for number, _ in migrations()] == list(range(1, SCHEMA_VERSION + 1))
    with store.write() as cursor:
        add_images(cursor, 0)
    version = store.data_version
    for _ in range(2):
        place.release("new")
        again = place.get("new")
        assert (again.data_version, again.manifest.schema) == (version, SCHEMA_VERSION)
        with again.read() as cursor:
            assert cursor.execute("SELECT count(*) FROM image").fetchall() == [(1,)]
            assert cursor.execute("SELECT value FROM state WHERE key = 'schema'").fetchall() == [(SCHEMA_VERSION,)]


def test_a_migration_that_was_cut_off_is_done_again(place, store):
    place.release("new")
    with duckdb.connect(str(store.directory / "assay.duckdb")) as connection:
        for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall():
            connection.execute(f'DROP TABLE "{name}"')
    assert place.get("new").data_version == 0


def test_a_write_that_fails_changes_nothing(store):
    with store.write() as cursor:
        add_images(cursor, 0)
    version = store.data_version

    def fail(error: type[BaseException]) -> None:
        with store.write() as cursor:
            add_images(cursor, 1)
            store.record(cursor, "test", "import", {})
            if error is duckdb.Error:
                cursor.execute("SELECT nonsense")
            raise error

    for error in (ValueError, KeyboardInterrupt, duckdb.Error):
        with pytest.raises(error):
            fail(error)
    with store.read() as cursor:
        assert cursor.execute("SELECT row FROM image").fetchall() == [(0,)]
        assert cursor.execute("SELECT count(*) FROM history").fetchall() == [(0,)]
        assert cursor.execute("SELECT value FROM state WHERE key = 'data_version'").fetchall() == [(version,)]
    assert store.data_version == version
    with store.write(changes_data=False) as cursor:
        add_images(cursor, 3)
    assert store.data_version == version


def test_readers_see_whole_transactions_while_a_writer_works(store):
    wrong: list[int] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            with store.read() as cursor:
                [(count,)] = cursor.execute("SELECT count(*) FROM image").fetchall()
            if count % 10:
                wrong.append(count)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for start in range(0, 200, 10):
        with store.write() as cursor:
            add_images(cursor, *range(start, start + 10))
    done.set()
    for reader in readers:
        reader.join()
    assert wrong == []


def test_writers_come_one_at_a_time(store):
    def write() -> None:
        for _ in range(10):
            with store.write() as cursor:
                [(count,)] = cursor.execute("SELECT count(*) FROM image").fetchall()
                add_images(cursor, count)

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with store.read() as cursor:
        assert cursor.execute("SELECT count(DISTINCT row), max(row) FROM image").fetchall() == [(40, 39)]
    assert store.data_version == 40


def test_a_result_set_is_kept_until_something_is_written(store):
    results = ResultSets()
    with store.write() as cursor:
        add_images(cursor, 0, 1)
    first = results.get(store, "image", "", None)
    assert results.get(store, "image", " ", None) is first
    with store.write(changes_data=False) as cursor:
        store.record(cursor, "test", "nothing", {})
    assert results.get(store, "image", "", None) is first
    with store.write() as cursor:
        add_images(cursor, 2)
    assert results.get(store, "image", "", None).tolist() == [0, 1, 2]
    assert results.get(store, "image", "", "-row").tolist() == [2, 1, 0]


def test_history_is_numbered(store):
    with store.write() as cursor:
        store.record(cursor, "cli", "import", {"source": 0})
    with store.write() as cursor:
        store.record(cursor, "web", "tag", {"name": "🦊"})
    with store.read() as cursor:
        told = cursor.execute("SELECT sequence, actor, action, detail FROM history ORDER BY sequence").fetchall()
    assert told == [(1, "cli", "import", '{"source":0}'), (2, "web", "tag", '{"name":"🦊"}')]


def test_columns_go_in_by_name_whatever_the_name(store):
    name = 'a "quoted"; DROP TABLE image; -- 🦊'
    with store.write() as cursor:
        cursor.execute(
            f"ALTER TABLE image_meta ADD COLUMN {chr(34)}{name.replace(chr(34), chr(34) * 2)}{chr(34)} VARCHAR"
        )
        insert_columns(cursor, "image_meta", {name: ["x", None], "row": [0, 1]})
        assert cursor.execute("SELECT * FROM image_meta ORDER BY row").fetchall() == [(0, "x"), (1, None)]


def test_manifest_is_written_by_threads_without_loss(store):
    def save(key: str) -> None:
        for i in range(1, 40):
            store.save_manifest(**{key: i})

    threads = [threading.Thread(target=save, args=[key]) for key in ("images", "annotations", "classes")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = read_manifest(store.directory)
    assert (kept.images, kept.annotations, kept.classes) == (39, 39, 39)
    assert [p.name for p in store.directory.iterdir() if p.suffix == ".tmp"] == []


def test_a_full_disk_does_not_keep_anybody_from_looking(place, store, monkeypatch):
    place.release("new")

    def full(*_: object) -> None:
        raise StorageError("The disk is full.")

    monkeypatch.setattr("assay.project.store.write_manifest", full)
    with place.get("new").read() as cursor:
        assert cursor.execute("SELECT count(*) FROM image").fetchall() == [(0,)]


def test_a_held_project_names_its_holder_and_others_are_not_kept_waiting(place, store, tmp_path):
    other = Workspace(place.directory, Holder(pid=77))
    place.create("free")
    place.release("free")
    refusals: list[str] = []

    def wait() -> None:
        try:
            other.get("new")
        except BusyError as error:
            refusals.append(str(error.actual))

    waiting = threading.Thread(target=wait)
    waiting.start()
    other.get("free")
    assert waiting.is_alive()
    waiting.join()
    assert refusals == [f"held by process {os.getpid()}"]
    other.close()


def test_a_lock_that_nobody_holds_is_stale_whatever_it_says(tmp_path):
    path = tmp_path / "lock"
    path.write_text(json.dumps({"pid": 1, "url": "http://127.0.0.1:1", "secret": "x"}))
    assert read_holder(path) is None
    lock = Lock(path).acquire(ME)
    seen = [read_holder(path) for _ in range(3)]
    assert seen == [ME] * 3
    lock.release()
    lock.release()
    assert read_holder(path) is None


def test_looking_at_a_lock_never_looks_like_holding_it(tmp_path):
    path = tmp_path / "lock"
    path.write_text(json.dumps({"pid": 1, "url": "http://127.0.0.1:1", "secret": "x"}))
    seen: set[Holder | None] = set()
    lookers = [threading.Thread(target=lambda: seen.update({read_holder(path) for _ in range(300)})) for _ in range(4)]
    for looker in lookers:
        looker.start()
    for looker in lookers:
        looker.join()
    assert seen == {None}


def test_a_lock_file_that_cannot_be_made_is_a_storage_error(tmp_path):
    (tmp_path / "lock").mkdir()
    with pytest.raises(StorageError, match="lock"):
        Lock(tmp_path / "lock").acquire(ME)


def test_what_a_killed_process_left_before_it_made_its_project_is_no_obstacle(place):
    left = place.directory / "begun"
    left.mkdir()
    assert not is_leftover(left)  # an empty folder is somebody's
    (left / PROJECT_LOCK).write_text("")
    (left / "project.json.123.tmp").write_text("{")
    assert is_leftover(left)
    assert place.create("begun").manifest.state == "importing"
    with pytest.raises(ExistsError):
        place.create("begun")
    (place.directory / "mine").mkdir()
    (place.directory / "mine" / "file").write_text("")
    with pytest.raises(ExistsError):
        place.create("mine")


def test_a_project_that_cannot_be_made_leaves_nothing(place, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise StorageError("The disk is full.")

    monkeypatch.setattr(Database, "attach", full)
    with pytest.raises(StorageError):
        place.create("new")
    assert list(place.directory.iterdir()) == []


def test_a_closed_project_is_not_read_any_more(place, store):
    place.delete("new")
    with pytest.raises(NotFoundError), store.read():
        pass
    with pytest.raises(NotFoundError):
        place.get("new")
    assert list(place.directory.iterdir()) == []
    store.close()  # harmless


def test_a_project_that_somebody_else_holds_is_not_deleted(place, store, monkeypatch):
    other = Workspace(place.directory, Holder(pid=77))
    acquire = Lock.acquire
    monkeypatch.setattr(Lock, "acquire", lambda self, holder, **named: acquire(self, holder, wait_s=0.1, **named))
    with pytest.raises(BusyError):
        other.delete("new")
    assert store.directory.is_dir()
    other.close()


def test_a_deleted_link_leaves_the_project_that_it_led_to(place, store):
    place.release("new")
    real = place.directory.parent / "real"
    shutil.move(store.directory, real)
    store.directory.symlink_to(real)
    place.delete("new")
    assert read_manifest(real).name == "new"
    assert list(place.directory.iterdir()) == []


@pytest.mark.parametrize("name", ["street", "ü 🦊", "a.b", "100%", "x" * 100, "con_", "'; --"])
def test_names_that_folders_can_have_everywhere(name):
    assert check_project_name(name) == name


@pytest.mark.parametrize(
    "name", ["", " ", ".x", "x.", "x ", " x", "a/b", "a\\b", "a\x00", "NUL", "com1.x", "x" * 101, "\udcff"]
)
def test_names_that_some_system_has_no_folder_for(name):
    with pytest.raises(UsageError):
        check_project_name(name)


@pytest.mark.parametrize("folder", ["images", "..", "/", "a:b", "con", "🦊" * 40, ".hidden", "x. "])
def test_a_name_suggested_for_a_folder_is_a_legal_one(tmp_path, folder):
    assert check_project_name(suggest_project_name(tmp_path / folder))


def test_a_store_of_a_missing_folder_is_a_storage_error(tmp_path):
    database = Database(tmp_path)
    with pytest.raises(StorageError):
        Store.open(tmp_path / "nowhere", database, ME)
    database.close()
