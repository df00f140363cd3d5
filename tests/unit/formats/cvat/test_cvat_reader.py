"""CVAT's XML as a source: shapes of images, tracks with their keyframes, and what becomes of what cannot be used."""

import json
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.formats.reading import boxes, classes, keypoints, mask, read, rings, save_picture

from assay.errors import InputError
from assay.formats.cvat.interpolation import mix_angles, mix_outlines
from assay.formats.registry import recognise

LABELS = """<meta><task><id>5</id><name>street</name><size>{size}</size><mode>{mode}</mode>
<start_frame>{start}</start_frame><stop_frame>{stop}</stop_frame><frame_filter>{filter}</frame_filter><labels>
<label><name>car</name><color>#ff0000</color><type>any</type><attributes>
<attribute><name>parked</name><input_type>checkbox</input_type></attribute>
<attribute><name>seats</name><input_type>number</input_type></attribute>
<attribute><name>make</name><input_type>text</input_type></attribute></attributes></label>
<label><name>person</name><type>skeleton</type><attributes/>
<svg>&lt;line x1="1" data-type="edge" data-node-from="1" data-node-to="2"/&gt;
&lt;circle r="1" data-element-id="1" data-node-id="1" data-label-name="head"/&gt;
&lt;circle r="1" data-element-id="2" data-node-id="2" data-label-name="hand"/&gt;</svg></label>
<label><name>head</name><type>points</type><parent>person</parent></label>
<label><name>hand</name><type>points</type><parent>person</parent></label>
</labels><original_size><width>40</width><height>20</height></original_size></task></meta>"""


def document(body, size=0, mode="annotation", start=0, stop=0, step=""):
    meta = LABELS.format(size=size, mode=mode, start=start, stop=stop, filter=step)
    return f'<?xml version="1.0" encoding="utf-8"?>\n<annotations><version>1.1</version>{meta}{body}</annotations>'


def image(body, name="a.png", own=3, others=""):
    return f'<image id="{own}" name="{name}" width="40" height="20" {others}>{body}</image>'


def read_text(folder, text, name="annotations.xml"):
    (folder / name).write_text(text)
    return read("cvat", folder / name, folder)


def test_each_kind_of_shape_of_an_image(tmp_path):
    body = """
    <box label="car" source="manual" occluded="1" xtl="10" ytl="2" xbr="30" ybr="12.5" rotation="30" z_order="2">
      <attribute name="parked">true</attribute><attribute name="seats">4</attribute>
      <attribute name="make">x &amp; y</attribute></box>
    <polygon label="car" occluded="0" points="1,2;5,2;5,6.5" z_order="0"/>
    <polyline label="car" points="0.00,0.00;10.0,5.0"/>
    <points label="car" occluded="1" points="3,4;5,6"/>
    <mask label="car" rle="1, 2, 1, 3" left="30" top="10" width="4" height="2"/>
    <ellipse label="car" cx="20" cy="10" rx="6" ry="3" rotation="90"/>
    <skeleton label="person" z_order="1"><points label="hand" outside="0" occluded="1" points="7,8"/>
      <points label="head" outside="1" occluded="0" points="1,1"/></skeleton>
    <tag label="car" source="manual"><attribute name="make">z</attribute></tag>"""
    source, words = read_text(tmp_path, document(image(body)))
    assert source.doctor.counts == {}
    assert (source.images.ids, source.images.file_name) == ([3], ["a.png"])
    assert (source.images.width, source.images.height) == ([40], [20])
    assert source.categories.name == ["car", "person"]
    assert source.categories.extras[1] == {
        "type": "skeleton",
        "keypoints": ["head", "hand"],
        "skeleton": [[1, 2]],
    }
    assert source.annotation_ids == [300_001 + at for at in range(8)]
    assert boxes(source)[:3] == [[10, 2, 20, 10.5], [1, 2, 4, 4.5], [0, 0, 10, 5]]
    extra = source.annotation_extras[0]
    assert (extra["rotation"], extra["occluded"], extra["z_order"], extra["source"]) == (30, True, 2, "manual")
    assert extra["attributes"] == {"parked": True, "seats": 4, "make": "x & y"}
    assert rings(source, words, 1) == [[1, 2, 5, 2, 5, 6.5]]
    assert source.annotation_extras[2]["shape_type"] == "polyline"
    assert keypoints(source, words, 3) == [3, 4, 1, 5, 6, 1]
    expected = np.zeros((20, 40), dtype=np.uint8)
    expected[10, 31:33] = expected[11, 30:33] = 1  # background 1, mask 2, background 1, mask 3 of rows of four
    assert (mask(source, words, 4) == expected).all()
    assert boxes(source)[4:6] == [[30, 10, 3, 2], [17, 4, 6, 12]]
    assert keypoints(source, words, 6) == [0, 0, 0, 7, 8, 1]
    assert source.annotations["num_keypoints"][6] == 1
    assert np.isnan(source.annotations["xywh"][7]).all()
    assert source.annotation_extras[7]["attributes"] == {"make": "z"}


def test_subsets_are_splits_and_folders_of_theirs_are_looked_into(tmp_path):
    save_picture(tmp_path / "Train" / "a.png")
    body = image("", others='subset="Train" task_id="1"') + image("", "sub\\b.png", 4, 'subset="default"')
    source, _ = read_text(tmp_path, document(body + image("", "c.png", 4, 'subset="holdout"')))
    assert source.images.file_name == ["Train/a.png", "sub\\b.png", "c.png"]
    assert [extra.get("split") for extra in source.images.extras.values()] == ["train", None, "holdout"]
    assert source.images.ids == [3, 4, 5]
    assert source.doctor.examples["duplicate_image_id"] == ["image 4"]


def track(shapes, own=0, label="car"):
    return f'<track id="{own}" label="{label}" source="manual">{shapes}</track>'


def box(frame, left, *, outside=0, others=""):
    return (
        f'<box frame="{frame}" keyframe="1" outside="{outside}" occluded="0" xtl="{left}" ytl="0" '
        f'xbr="{left + 4}" ybr="4" z_order="0" {others}><attribute name="seats">{frame}</attribute></box>'
    )


def test_tracks_are_interpolated_between_keyframes_and_end_where_they_are_outside(tmp_path):
    body = track(box(0, 0, others='rotation="350"') + box(4, 8, others='rotation="10"') + box(5, 9, outside=1))
    body += track(box(3, 20), 1)
    source, _ = read_text(tmp_path, document(body, 8, "interpolation", 0, 7))
    assert source.images.file_name == [f"frame_{at:06d}.PNG" for at in range(8)]
    assert (source.images.ids, source.images.width) == (list(range(8)), [40] * 8)
    assert source.images.extras[2] == {"frame_id": 2, "sequence": "street"}
    assert source.annotation_image.tolist() == [0, 1, 2, 3, 4, 3, 4, 5, 6, 7]
    assert boxes(source)[:5] == [[2.0 * at, 0, 4, 4] for at in range(5)]
    assert boxes(source)[5:] == [[20, 0, 4, 4]] * 5
    extras = source.annotation_extras
    assert [extras[at].get("rotation") for at in range(5)] == [350, 355, None, 5, 10]
    assert [extras[at]["keyframe"] for at in range(6)] == [True, False, False, False, True, True]
    assert [extras[at]["track_id"] for at in range(10)] == [0] * 5 + [1] * 5
    assert [extras[at]["attributes"]["seats"] for at in range(5)] == [0, 0, 0, 0, 4]
    assert source.annotation_ids[5] == 300_002


def test_frames_step_and_start_as_the_task_says_and_files_are_found_by_number_or_order(tmp_path):
    text = document(track(box(10, 0) + box(16, 6)), 4, "interpolation", 10, 19, "step=3")
    source, _ = read_text(tmp_path, text)
    assert source.images.file_name == [f"frame_{at:06d}.PNG" for at in (10, 13, 16, 19)]
    assert boxes(source) == [[0, 0, 4, 4], [3, 0, 4, 4], [6, 0, 4, 4], [6, 0, 4, 4]]
    for at in (10, 13, 16):
        save_picture(tmp_path / "f" / f"shot_{at}.jpg")
    (tmp_path / "f" / "a.xml").write_text(text)
    source, _ = read("cvat", tmp_path / "f" / "a.xml")
    assert source.images.file_name == ["shot_10.jpg", "shot_13.jpg", "shot_16.jpg", "frame_000019.PNG"]
    for name in "abcd":
        save_picture(tmp_path / "g" / f"{name}.png")
    (tmp_path / "g" / "a.xml").write_text(text)
    assert read("cvat", tmp_path / "g" / "a.xml")[0].images.file_name == ["a.png", "b.png", "c.png", "d.png"]


def test_skeletons_outlines_and_masks_of_tracks(tmp_path):
    head, hand = '<points label="head" outside="{}" occluded="0" points="{},2"/>', '<points label="hand" points="8,9"/>'
    skeleton = "".join(
        f'<skeleton frame="{frame}" keyframe="1">{head.format(outside, x)}{hand}</skeleton>'
        for frame, outside, x in ((0, 0, 2), (2, 1, 6))
    )
    square = '<polygon frame="{}" outside="0" points="{}"/>'
    mask_text = '<mask frame="{}" outside="0" rle="0, 4" left="{}" top="0" width="2" height="2"/>'
    body = track(skeleton, 1, "person")
    body += track(square.format(0, "0,0;4,0;4,4;0,4") + square.format(2, "8,0;16,0;16,8;8,8"), 2)
    body += track(mask_text.format(0, 0) + mask_text.format(2, 10), 3)
    source, words = read_text(tmp_path, document(body, 3, "interpolation", 0, 2))
    assert [keypoints(source, words, at) for at in range(3)] == [
        [2, 2, 2, 8, 9, 2],
        [4, 2, 2, 8, 9, 2],
        [0, 0, 0, 8, 9, 2],
    ]
    assert rings(source, words, 4) == [[4, 0, 10, 0, 10, 6, 4, 6]]
    assert [mask(source, words, at)[0].argmax() for at in (6, 7, 8)] == [0, 0, 10]


def test_outlines_of_other_numbers_of_points_are_paired_by_their_share_of_the_line():
    # the point in the middle has no partner of its own: it moves from the nearer end on the left, the first
    assert mix_outlines([0, 0, 10, 0], [0, 10, 5, 10, 10, 10], 0.5, closed=False) == [0, 5, 2.5, 5, 10, 5]
    assert mix_outlines([0, 0, 4, 0], [0, 2, 4, 2], 0.25, closed=False) == [0, 0.5, 4, 0.5]
    assert mix_angles(350, 10, 0.5) == 0
    assert mix_angles(10, 350, 0.25) == 5


def test_a_projects_dump_has_the_frames_of_all_its_tasks(tmp_path):
    meta = "".join(
        f"<task><id>{at}</id><name>{name}</name><size>2</size><subset>{subset}</subset>"
        "<original_size><width>40</width><height>20</height></original_size></task>"
        for at, name, subset in ((7, "north", "train"), (9, "south", "Validation"))
    )
    shape = '<box frame="1" outside="0" xtl="1" ytl="1" xbr="2" ybr="2"/>'
    body = f'<track id="0" label="car" task_id="9" subset="Validation">{shape}</track>'
    labels = "<labels><label><name>car</name></label></labels>"
    text = f"<annotations><meta><project><id>1</id>{labels}<tasks>{meta}</tasks></project></meta>{body}</annotations>"
    source, _ = read_text(tmp_path, text)
    assert source.images.file_name == [f"{task}/frame_00000{at}.PNG" for task in ("north", "south") for at in (0, 1)]
    assert [extra["split"] for extra in source.images.extras.values()] == ["train", "train", "val", "val"]
    assert source.annotation_image.tolist() == [3]
    assert len(set(source.images.ids)) == 4


def test_what_cannot_be_used_is_kept_and_counted(tmp_path):
    body = """<box label="" xtl="1" ytl="1" xbr="2" ybr="2"/><box label="car" xtl="1" ytl="x" xbr="2" ybr="2"/>
    <box label="car" xtl="1" ytl="nan" xbr="2" ybr="2"/><polygon label="car" points="1,2;3,4"/>
    <polygon label="car" points="1,2;3,;4,5"/><mask label="car" rle="9" left="0" top="0" width="2" height="2"/>
    <mask label="car" rle="0,4" left="90" top="0" width="2" height="2"/><star label="car"/>
    <skeleton label="person"/><box label="bus" xtl="1" ytl="1" xbr="2" ybr="2"/>"""
    nameless = '<image id="9"><box label="car" xtl="1" ytl="1" xbr="2" ybr="2"/></image>'
    source, _ = read_text(tmp_path, document(image(body) + nameless))
    assert source.doctor.skipped == {
        "cvat_without_label": 1,
        "cvat_number": 2,
        "cvat_points": 3,
        "cvat_mask": 2,
        "cvat_shape": 1,
        "cvat_image_without_name": 2,
    }
    assert (classes(source), source.categories.name) == (["bus"], ["car", "person", "bus"])
    assert source.doctor.counts["cvat_label_not_listed"] == 1
    assert len(source.rejected) == 11
    assert json.loads(next(iter(source.rejected)).record)["xml"].startswith('<box label=""')


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "&x;&x;">]><annotations>&z;</annotations>', "entity is declared"),
        ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><annotations>&x;</annotations>', "entity is declared"),
        ("<annotations><image", "unclosed token"),
        ("<annotations>" + "<a>" * 100, "more than 60 levels"),
        ("", "no element found"),
        ("<annotation><folder/></annotation>", "annotation"),
        ("<annotations><version>1.1</version></annotations>", "none"),
    ],
)
def test_documents_that_are_bombs_or_others_are_refused(tmp_path, text, told):
    with pytest.raises(InputError) as error:
        read_text(tmp_path, text)
    assert told in error.value.actual


def test_encodings_are_read_as_the_document_declares_them(tmp_path):
    for encoding in ("utf-8-sig", "latin-1", "utf-16"):
        text = document(image("", "für.png")).replace("utf-8", encoding.removesuffix("-sig"))
        (tmp_path / "a.xml").write_bytes(text.encode(encoding))
        assert read("cvat", tmp_path / "a.xml", tmp_path)[0].images.file_name == ["für.png"]


def test_a_file_or_the_one_in_a_folder_is_recognised(tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "annotations.xml").write_text(document(image("")))
    for path in (tmp_path, tmp_path / "annotations.xml"):
        [seen] = [found for known, found in recognise(path) if known.key == "cvat"]
        assert "an XML document of annotations" in seen.reason
        assert seen.options == {
            "annotations": str(tmp_path / "annotations.xml"),
            "images": str(tmp_path / "images"),
        }
    (tmp_path / "b.xml").write_text("<annotation><folder/></annotation>")
    assert "cvat" not in [known.key for known, _ in recognise(tmp_path / "b.xml")]


def test_memory_is_that_of_an_image_not_of_the_file(tmp_path):
    shape = '<polygon label="" points="' + ";".join(f"{at},{at}" for at in range(300)) + '"/>'
    file = tmp_path / "a.xml"
    file.write_text(document("".join(image(f"<note>{shape * 20}</note>", f"{at}.png", at) for at in range(300))))
    tracemalloc.start()
    source, _ = read("cvat", file, tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (len(source.images.ids), len(source.rejected)) == (300, 300)
    assert peak < file.stat().st_size / 4


value = st.sampled_from(["1", "2.5", "-3", "nan", "", "x", "1e400", "0,3", "1,2;3,4;5,6", "7, 1"])
names = st.sampled_from(["label", "xtl", "ytl", "xbr", "ybr", "points", "rle", "left", "top", "width", "height",
                         "frame", "outside", "cx", "cy", "rx", "ry", "rotation", "id"])  # fmt: skip
shapes = st.lists(
    st.tuples(st.sampled_from(["box", "polygon", "points", "mask", "ellipse", "tag", "skeleton", "star"]),
              st.dictionaries(names, value, max_size=8)),
    max_size=5,
)  # fmt: skip


@given(shapes=shapes)
@settings(max_examples=60, deadline=None)
def test_every_shape_is_an_annotation_or_kept_with_a_reason(tmp_path_factory, shapes):
    body = "".join(f"<{tag} {' '.join(f'{k}={json.dumps(v)}' for k, v in told.items())}/>" for tag, told in shapes)
    source, _ = read_text(tmp_path_factory.mktemp("cvat"), document(image(body)))
    assert len(source.annotation_ids) + len(source.rejected) == len(shapes)
    assert len(set(source.annotation_ids)) == len(source.annotation_ids)
    source, _ = read_text(tmp_path_factory.mktemp("cvat"), document(track(body), 3, "interpolation", 0, 2))
    assert len(source.images.ids) == 3
