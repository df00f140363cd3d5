from __future__ import annotations

import errno
import os
import shutil
import threading

import pytest

from assay.media.packs import PackStore

MEGABYTE = 1 << 20


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache" / "thumbnails"


def packs(folder):
    return sorted(folder.iterdir())


def test_what_is_put_is_got_again_also_after_reopening(folder):
    store = PackStore(folder, max_bytes=MEGABYTE)
    assert store.get("a") is None
    assert not folder.exists()
    assert store.put("a", b"one")
    assert store.put("b", b"")
    assert store.put("schlüssel/\udcff", b"three")
    for opened in (store, PackStore(folder, max_bytes=MEGABYTE)):
        assert opened.get("a") == b"one"
        assert opened.get("b") == b""
        assert opened.get("schlüssel/\udcff") == b"three"
        assert opened.get("c") is None
        assert len(opened) == 3
        assert "a" in opened


def test_a_later_value_replaces_an_earlier_one(folder):
    store = PackStore(folder, max_bytes=MEGABYTE)
    store.put("a", b"old")
    store.put("a", b"new")
    assert store.get("a") == b"new"
    assert PackStore(folder, max_bytes=MEGABYTE).get("a") == b"new"


def test_a_kill_within_the_last_record_loses_that_record_only(tmp_path, folder):
    store = PackStore(folder, max_bytes=MEGABYTE)
    store.put("first", b"1" * 50)
    store.put("second", b"2" * 50)
    sound = store.total_bytes
    store.put("last", b"3" * 50)
    (pack,) = packs(folder)
    whole = pack.read_bytes()
    assert len(whole) > sound + 50
    for length in range(sound, len(whole)):
        again = tmp_path / f"cut-{length}"
        again.mkdir()
        (again / pack.name).write_bytes(whole[:length])
        reopened = PackStore(again, max_bytes=MEGABYTE)
        assert (reopened.get("first"), reopened.get("second")) == (b"1" * 50, b"2" * 50)
        assert reopened.get("last") is None
        assert reopened.put("next", b"4" * 5)
        assert (again / pack.name).stat().st_size == reopened.total_bytes
        once_more = PackStore(again, max_bytes=MEGABYTE)
        assert (once_more.get("second"), once_more.get("next")) == (b"2" * 50, b"4" * 5)


def test_a_torn_replacement_leaves_the_earlier_value(folder):
    store = PackStore(folder, max_bytes=MEGABYTE)
    store.put("a", b"old")
    store.put("a", b"newer")
    (pack,) = packs(folder)
    damaged = bytearray(pack.read_bytes())
    damaged[-1] ^= 1
    pack.write_bytes(damaged)
    assert PackStore(folder, max_bytes=MEGABYTE).get("a") == b"old"


def test_a_record_damaged_on_disk_is_a_miss_and_the_others_stay(folder):
    store = PackStore(folder, max_bytes=MEGABYTE)
    store.put("a", b"A" * 100)
    end_of_first = store.total_bytes
    store.put("b", b"B" * 100)
    (pack,) = packs(folder)
    damaged = bytearray(pack.read_bytes())
    damaged[end_of_first - 1] ^= 1
    pack.write_bytes(damaged)
    for opened in (store, PackStore(folder, max_bytes=MEGABYTE)):
        assert opened.get("a") is None
        assert opened.get("b") == b"B" * 100
        assert "a" not in opened


def test_files_that_are_no_packs_are_left_alone(folder):
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("mine")
    (folder / "pack-00000001.bin").write_bytes(b"not a pack at all, but named like one")
    store = PackStore(folder, max_bytes=MEGABYTE)
    assert len(store) == 0
    assert store.put("a", b"one")
    assert PackStore(folder, max_bytes=MEGABYTE).get("a") == b"one"
    assert (folder / "notes.txt").read_text() == "mine"


def test_the_oldest_pack_goes_when_the_whole_would_grow_too_large(folder):
    store = PackStore(folder, max_bytes=40_000)
    for number in range(100):
        assert store.put(f"key-{number}", bytes([number]) * 1000)
        assert sum(path.stat().st_size for path in packs(folder)) == store.total_bytes <= 40_000
    assert store.get("key-0") is None
    kept = [number for number in range(100) if store.get(f"key-{number}") is not None]
    assert kept == list(range(kept[0], 100))
    assert len(kept) >= 29
    assert len(PackStore(folder, max_bytes=40_000)) == len(kept)


def test_a_store_reopened_with_a_smaller_cap_shrinks_at_the_next_put(folder):
    store = PackStore(folder, max_bytes=40_000)
    for number in range(30):
        store.put(f"key-{number}", bytes(1000))
    smaller = PackStore(folder, max_bytes=15_000)
    assert smaller.put("more", bytes(1000))
    assert sum(path.stat().st_size for path in packs(folder)) <= 15_000
    assert smaller.get("more") == bytes(1000)


def test_what_is_larger_than_the_store_may_be_is_refused(folder):
    store = PackStore(folder, max_bytes=1000)
    store.put("small", b"x")
    assert not store.put("large", bytes(1000))
    assert not store.put("k" * 10_000, b"x")
    assert store.get("small") == b"x"
    assert store.put("half", bytes(600))
    assert store.get("half") == bytes(600)


def test_the_folder_may_be_deleted_while_the_store_is_open(folder):
    store = PackStore(folder, max_bytes=MEGABYTE)
    store.put("a", b"one")
    shutil.rmtree(folder)
    assert store.get("a") is None
    assert len(store) == 0
    assert store.put("b", b"two")
    assert store.get("b") == b"two"
    shutil.rmtree(folder)
    assert store.put("c", b"three")
    assert (store.get("b"), store.get("c")) == (None, b"three")
    reopened = PackStore(folder, max_bytes=MEGABYTE)
    assert (reopened.get("b"), reopened.get("c")) == (None, b"three")


def test_packs_deleted_and_made_again_by_another_store_never_mix_up_keys(folder):
    store = PackStore(folder, max_bytes=MEGABYTE)
    store.put("a", b"one")
    shutil.rmtree(folder)
    PackStore(folder, max_bytes=MEGABYTE).put("z", b"two")
    assert store.get("a") is None
    assert store.put("b", b"three")
    assert store.get("b") == b"three"


def test_a_pack_cut_short_behind_the_stores_back_is_given_up(folder):
    store = PackStore(folder, max_bytes=MEGABYTE)
    store.put("a", b"one")
    (pack,) = packs(folder)
    os.truncate(pack, 5)
    assert store.get("a") is None
    assert store.put("b", b"two")
    assert store.get("b") == b"two"


def test_a_read_only_folder_is_read_and_a_put_returns_false(folder, monkeypatch):
    store = PackStore(folder, max_bytes=MEGABYTE)
    store.put("a", b"one")
    real_open = os.open

    def open_read_only(path, flags, mode=0o777):
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            raise OSError(errno.EROFS, "Read-only file system")
        return real_open(path, flags, mode)

    monkeypatch.setattr(os, "open", open_read_only)
    for opened in (store, PackStore(folder, max_bytes=MEGABYTE)):
        assert not opened.put("b", b"two")
        assert opened.get("a") == b"one"
        assert opened.get("b") is None


def test_a_folder_that_cannot_be_made_makes_put_return_false(tmp_path):
    (tmp_path / "file").write_text("in the way")
    store = PackStore(tmp_path / "file" / "cache", max_bytes=MEGABYTE)
    assert not store.put("a", b"one")
    assert store.get("a") is None


def test_a_full_disk_makes_put_return_false_and_leaves_the_store_sound(folder, monkeypatch):
    store = PackStore(folder, max_bytes=MEGABYTE)
    store.put("a", b"one")
    before = packs(folder)[0].read_bytes()
    real_write = os.write

    def write_until_full(descriptor, data):
        if len(data) < 60:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real_write(descriptor, data[: len(data) // 2])

    with monkeypatch.context() as full:
        full.setattr(os, "write", write_until_full)
        assert not store.put("b", b"2" * 500)
        assert not store.put("c", b"3" * 500)
        fresh = PackStore(folder.parent / "other", max_bytes=MEGABYTE)
        assert [fresh.put(str(number), bytes(500)) for number in range(5)] == [False] * 5
        assert len(packs(folder.parent / "other")) == 1
    assert packs(folder)[0].read_bytes() == before
    assert (store.get("a"), store.get("b")) == (b"one", None)
    assert store.put("b", b"two")
    assert store.get("b") == b"two"
    assert fresh.put("x", b"four")
    assert fresh.get("x") == b"four"


def test_threads_may_put_and_get_at_once(folder):
    store = PackStore(folder, max_bytes=MEGABYTE)
    failures = []

    def work(worker):
        for number in range(60):
            key, data = f"{worker}-{number}", bytes([worker]) * (number + 1)
            if not store.put(key, data) or store.get(key) != data:
                failures.append(key)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(PackStore(folder, max_bytes=MEGABYTE)) == 360


def test_systems_without_pread_read_the_same(folder, monkeypatch):
    monkeypatch.delattr(os, "pread", raising=False)
    store = PackStore(folder, max_bytes=MEGABYTE)
    store.put("a", b"one")
    store.put("b", b"two")
    assert PackStore(folder, max_bytes=MEGABYTE).get("b") == store.get("b") == b"two"
