"""MOTChallenge's sequences: lines, frames, tracks, and detections as predictions."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.formats.reading import boxes, classes, read, save_picture

import assay
from assay.errors import InputError
from assay.formats.gathering import RecordFault
from assay.formats.mot.lines import parse_line
from assay.formats.registry import recognise

INFO = "[Sequence]\nname={0}\nimDir=img1\nframeRate=30\nseqLength=3\nimWidth=40\nimHeight=20\nimExt=.jpg\n"
TRUTH = "1,1,1,1,10,5,1,1,0.86\n2,1,2,1,10,5,1,1,1\n1,2,11,6,4,4,0,7,0.5\n2,3,-3,2.5,4,4,1,3,0\n1,4,1,2\n0,1,1,1,1,1\n"
DETECTIONS = "1,-1,1,1,10,5,0.9,-1,-1,-1\n3,-1,2,2,8,4,0.5\n3,-1,2,2,8,4,17.5\n"


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("MOT17")
    for name in ("train/MOT17-02-DPM", "train/MOT17-04-DPM"):
        for number in (1, 2):
            save_picture(folder / name / "img1" / f"{number:06d}.jpg")
        (folder / name / "seqinfo.ini").write_text(INFO.format(name[6:]))
        for kind, text in (("gt", TRUTH), ("det", DETECTIONS)):
            (folder / name / kind).mkdir()
            (folder / name / kind / f"{kind}.txt").write_text(text)
    save_picture(folder / "test/MOT17-01-DPM/img1/000001.jpg")
    (folder / "test/MOT17-01-DPM/seqinfo.ini").write_text("no section\n")
    return folder


def test_frames_tracks_classes_and_splits(root):
    source, _ = read("mot", root)
    assert source.images.file_name[1:5] == [
        "train/MOT17-02-DPM/img1/000001.jpg", "train/MOT17-02-DPM/img1/000002.jpg",
        "train/MOT17-02-DPM/img1/000003.jpg", "train/MOT17-04-DPM/img1/000001.jpg",
    ]  # fmt: skip
    assert source.images.extras[2] == {"sequence": "MOT17-02-DPM", "frame_id": 2, "split": "train"}
    assert source.images.extras[0]["split"] == "test"
    assert boxes(source)[:4] == [[0, 0, 10, 5], [1, 0, 10, 5], [10, 5, 4, 4], [-4, 1.5, 4, 4]]  # counted from 1
    assert classes(source)[:4] == ["pedestrian", "pedestrian", "static person", "car"]
    assert source.annotation_extras[2] == {"track_id": 2, "considered": False, "visibility": 0.5}
    assert source.doctor.counts == {"mot_odd_length": 2, "mot_frame": 2, "mot_without_truth": 1}
    assert boxes(read("mot", root / "train/MOT17-02-DPM", origin=0)[0])[0] == [1, 1, 10, 5]
    assert [known.key for known, _ in recognise(root / "train")] == ["mot"]


def test_a_project_has_sequences_and_tracks_and_takes_detections(root, tmp_path, cli):
    run = cli("import", "project", "--mot", root / "train", "-t", tmp_path / "w", "--name", "p", "--json")
    assert json.loads(run.out)["images"] == 6
    with assay.open(tmp_path / "w" / "p") as project:
        told = project.import_predictions(root / "train", "det", format="mot", skip_invalid=True)
        assert (told["predictions"], told["skipped"]) == (4, {"score_out_of_range": 2})
        project.export("coco", tmp_path / "det.json", predictions="det")
        assert json.loads((tmp_path / "det.json").read_text())[0]["bbox"] == [0, 0, 10, 5]
        (tmp_path / "MOT17-04-DPM.txt").write_text("1,7,1,1,10,5,-1,-1,-1,-1\n2,7,1,1,10,5,-1,-1,-1,-1\n")
        told = project.import_predictions(tmp_path / "MOT17-04-DPM.txt", "tracker", format="mot")
        assert (told["predictions"], told["warnings"][-1]) == (2, "No line has a confidence: all count as 1.")
        rows = project.connection.post(f"{project.route}/query", {"scope": "annotation", "fields": ["track"]})["items"]
        assert [row["track"] for row in rows[:3]] == ["1", "1", "2"]


def test_older_sequences_and_those_of_cvat(tmp_path):
    for name in ("frame_000000.PNG", "frame_000001.PNG", "frame_000010.PNG"):
        save_picture(tmp_path / "img1" / name)
    (tmp_path / "gt").mkdir()
    (tmp_path / "gt" / "labels.txt").write_text("cat\ndog\n")
    (tmp_path / "gt" / "gt.txt").write_text("3,1,5,5,4,4,1,2,1.0\n1,2,5,5,4,4,1,3,1.0\n")
    source, _ = read("mot", tmp_path)
    assert classes(source) == ["dog", "class_3"]
    assert [source.images.file_name[at] for at in source.annotation_image] == [
        "img1/frame_000010.PNG", "img1/frame_000000.PNG",
    ]  # fmt: skip
    (tmp_path / "gt" / "gt.txt").write_text("1,1,5,5,4,4,1,-4.5,2,0.5\n1 2 5 5 4 4 1 -1 -1 -1\n")  # MOT15's
    source, _ = read("mot", tmp_path)
    assert source.annotation_extras[0]["world"] == [-4.5, 2, 0.5]
    assert source.annotation_extras[1] == {"track_id": 2, "considered": True}
    with pytest.raises(InputError):
        read("mot", tmp_path / "img1")


numbers = st.integers(-3, 12) | st.floats() | st.sampled_from(["", "x", "1e9", "2147483648", "1_0"])


@given(st.lists(numbers, max_size=12))
def test_no_line_is_a_surprise(values):
    try:
        line = parse_line(",".join(map(str, values)))
    except RecordFault:
        return
    assert line.frame >= 1
    assert min(line.box[2:]) >= 0
