import pytest

from assay.project.replacing import replacing


def test_what_is_written_takes_the_place_of_the_file(tmp_path):
    (tmp_path / "file").write_text("old")
    with replacing(tmp_path / "file", tmp_path / "file.tmp") as temporary:
        temporary.write_text("new")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("file", "new")]


def test_a_full_disk_leaves_the_old_file_and_no_temporary_one(tmp_path):
    def fill(path):
        with replacing(path, tmp_path / "file.tmp") as temporary:
            temporary.write_text("ha")
            raise OSError(28, "No space left on device")

    (tmp_path / "file").write_text("old")
    with pytest.raises(OSError, match="No space"):
        fill(tmp_path / "file")
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("file", "old")]
