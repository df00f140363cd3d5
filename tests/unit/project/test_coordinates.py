import numpy as np

from assay.project.coordinates import GeometryReader, GeometryWriter


def write(folder, committed, *parts):
    writer = GeometryWriter(folder, committed)
    starts = [writer.append(np.array(part, dtype=np.float64)) for part in parts]
    return starts, writer.close()


def test_words_come_back_from_where_they_were_put(tmp_path):
    starts, length = write(tmp_path, 0, [1.1, -2.5], [], [3.0])
    assert (starts, length) == ([0, 2, 2], 3)
    reader = GeometryReader(tmp_path, length)
    assert reader.numbers(0, 2).tolist() == [1.1, -2.5]
    assert reader.numbers(2, 1).tolist() == [3.0]
    assert reader.numbers(3, 0).tolist() == []


def test_uncommitted_tail_is_overwritten(tmp_path):
    write(tmp_path, 0, [1.0, 2.0, 3.0])
    starts, length = write(tmp_path, 1, [9.0])
    assert (starts, length) == ([1], 2)
    assert GeometryReader(tmp_path, length).values.tolist() == [1.0, 9.0]
    assert (tmp_path / "geometry.bin").stat().st_size == 16


def test_text_comes_back_without_its_padding(tmp_path):
    text = b"63X1U1abc"
    words = np.frombuffer(text.ljust(16, b"\0"), dtype="<f8")
    _, length = write(tmp_path, 0, [5.0], words)
    assert GeometryReader(tmp_path, length).text(1, len(text)) == text


def test_project_without_words_reads_none(tmp_path):
    assert len(GeometryReader(tmp_path, 0).values) == 0


def test_closing_twice_does_no_harm(tmp_path):
    writer = GeometryWriter(tmp_path, 0)
    writer.append(np.array([1.0]))
    assert (writer.close(), writer.close()) == (1, 1)
