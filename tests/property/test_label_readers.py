"""Whatever becomes of a few bytes or values of labels: they are read, or refused with an error of Assay's."""

import json
import random
import re

import numpy as np
import pytest

from assay.errors import AssayError
from tests.unit.formats.reading import read, save_picture

TIMES = 60
VALUES = [
    None, True, -1, 0, 1e308, -1e308, float("nan"), float("inf"), 10**400, 2**63, 2e15, 1e-320, "", "1", "1e999", "\0",
    "\ud800", "../../etc/passwd", "/etc/passwd", "a" * 5_000, "\u202e", "http://x/y.png", "C:\\x.png", [], {}, [[]],
    [1], {"a": 1}, [None], [[1, 2], [3, 4], [5, 6]], ["car"], [{}], "9" * 5_000,
]  # fmt: skip
TOKENS = [
    b"1e999", b"nan", b"", b"1" * 400, b"9" * 5_000, b"-1", b"1e308", b"-1e308", b"2e15", b"1_0", b"\xff\xfe", b"\0",
    "\u0663".encode(), b"<", b">", b"&", b'"', b"..", b";", b",", b"2147483648", b"a" * 300, b"{", b"[", b"--1",
    b"&#0;",
]  # fmt: skip

POLYGON = [[1, 1], [5, 1], [5, 5]]
LABELME = {
    "version": "5", "flags": {"ok": True}, "imagePath": "a.png", "imageData": None, "imageHeight": 20, "imageWidth": 40,
    "shapes": [
        {"label": "car", "points": POLYGON, "group_id": 1, "shape_type": "polygon", "flags": {"x": True}},
        {"label": "car", "points": [[6, 6], [9, 9]], "group_id": 1, "shape_type": "rectangle"},
        {"label": "dot", "points": [[6, 6], [9, 9]], "shape_type": "circle"},
        {"label": "turned", "points": [*POLYGON, [1, 5]], "shape_type": "oriented_rectangle"},
        {"label": "p", "points": [[6, 6]], "shape_type": "point"},
    ],
}  # fmt: skip
SIZE = {"original_width": 40, "original_height": 20, "from_name": "label", "to_name": "image"}
LABELSTUDIO = [
    {"id": 1, "data": {"image": "/data/upload/1/abcdef12-a.png", "sun": "x"}, "annotations": [{"id": 7, "result": [
        {"id": "a", "type": "rectanglelabels", "score": 0.5, **SIZE,
         "value": {"x": 1, "y": 2, "width": 10, "height": 10, "rotation": 30, "rectanglelabels": ["car"]}},
        {"id": "b", "type": "polygonlabels", **SIZE, "value": {"points": POLYGON, "polygonlabels": ["car", "van"]}},
        {"id": "c", "type": "ellipselabels", **SIZE,
         "value": {"x": 5, "y": 5, "radiusX": 5, "radiusY": 6, "ellipselabels": ["e"]}},
        {"id": "d", "type": "brushlabels", **SIZE, "value": {"rle": [0, 0, 12, 128, 57, 0], "brushlabels": ["m"]}},
        {"id": "e", "type": "choices", **SIZE, "value": {"choices": ["day"]}},
        {"from_id": "a", "to_id": "b", "type": "relation"}]}]},
]  # fmt: skip
VIA = {"a": {"filename": "a.png", "size": 1, "file_attributes": {"w": "x"}, "regions": [
    {"shape_attributes": shape, "region_attributes": {"class": "car", "ticked": {"a": True}}} for shape in (
        {"name": "rect", "x": 1, "y": 1, "width": 4, "height": 5},
        {"name": "ellipse", "cx": 5, "cy": 5, "rx": 2, "ry": 3, "theta": 0.3},
        {"name": "polygon", "all_points_x": [1, 5, 5], "all_points_y": [1, 1, 5]},
    )]}}  # fmt: skip
PANOPTIC = {
    "images": [{"id": 1, "file_name": "a.png", "width": 40, "height": 20}],
    "categories": [{"id": 3, "name": "car", "supercategory": "v", "isthing": 1}],
    "annotations": [{"image_id": 1, "file_name": "a.png", "segments_info": [
        {"id": 1, "category_id": 3, "area": 75, "bbox": [5, 5, 15, 5], "iscrowd": 0}]}],
}  # fmt: skip
CVAT = """<annotations><meta><task><id>1</id><size>6</size><labels><label><name>car</name><attributes><attribute><name>n
</name><input_type>number</input_type></attribute></attributes></label></labels></task></meta>
<image id="0" name="a.png" width="40" height="20" subset="Train"><box label="car" xtl="1" ytl="2" xbr="10" ybr="12"
rotation="10" occluded="0" z_order="1"><attribute name="n">5</attribute></box><polygon label="car"
points="1,1;5,1;5,5"/><ellipse label="car" cx="5" cy="5" rx="2" ry="3"/><mask label="car" rle="0, 3, 2, 1" left="1"
top="1" width="3" height="2"/><skeleton label="car"><points label="a" points="1,1"/></skeleton><tag
label="car"/></image><track id="0" label="car"><polygon frame="0" points="1,1;5,1;5,5" outside="0"/><polygon frame="4"
points="1,1;5,1;7,5;2,2"/></track></annotations>"""
VOC = """<annotation><filename>a.png</filename><size><width>40</width><height>20</height></size><object><name>car</name>
<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>10</xmax><ymax>12</ymax></bndbox><part><name>head</name></part></object>
<object><name>van</name><robndbox><cx>10</cx><cy>10</cy><w>5</w><h>4</h><angle>0.3</angle></robndbox></object></annotation>
"""
KITTI = "Car 0.00 0 -1.5 3.0 2.0 20.0 15.0 1.5 1.6 3.7 1.0 1.7 20.0 0.01\nVan 0.1 1 0.2 1 1 9 9 1 1 1 1 1 1 1 0.7\n"
TABLE = (
    "filename,region_shape_attributes,region_attributes\n"
    'a.png,"{""name"":""rect"",""x"":1,""y"":1,""width"":4,""height"":5}","{""class"":""car""}"\n'
)
BOXES = 'path,label,x1,y1,x2,y2,score\na.png,car,"0,1",0.1,0.5,0.5,.5\nimages/a.png,"van",1,1,9,9,1\n'
OPEN = "ImageID,LabelName,Confidence,XMin,XMax,YMin,YMax,IsGroupOf\na,/m/1,1,0.1,0.5,0.2,0.5,1\na,/m/2,1,0,1,0,1,0\n"
MOT = "1,1,1,1,10,5,1,1,0.86\n2,1,2,1,10,5,1,7,1\n3,2,11,6,4,4,1,-1,-1,-1\n"
YAML = "path: .\ntrain: images\nval: images\nnames:\n  0: car\n  1: van\nkpt_shape: [2, 3]\n"

VALUED = {"labelme": LABELME, "labelstudio": LABELSTUDIO, "via": VIA, "panoptic": PANOPTIC}
TEXTS = {
    "cvat": (CVAT, "a.xml", "a.xml"),
    "voc": (VOC, "Annotations/a.xml", ""),
    "kitti": (KITTI, "label_2/a.txt", ""),
    "via": (TABLE, "a.csv", "a.csv"),
    "csv": (BOXES, "a.csv", "a.csv"),
    "openimages": (OPEN, "a.csv", "a.csv"),
    "mot": (MOT, "gt/gt.txt", ""),
    "mot info": ("[Sequence]\nname=a\nimDir=images\nseqLength=3\nimWidth=40\nimHeight=20\n", "seqinfo.ini", ""),
    "yolo": (YAML, "data.yaml", "data.yaml"),
    "yolo boxes": ("0 .5 .5 .2 .2\n1 0.1 0.1 0.1 0.1\n", "images/a.txt", "images"),
    "yolo polygons": ("0 .1 .1 .2 .1 .2 .2\n1 .5 .5 .6 .5 .6 .6 .5 .6\n", "images/a.txt", "images"),
    "yolo corners": ("0 .1 .1 .2 .1 .2 .2 .1 .2\n", "images/a.txt", "images"),
}


@pytest.fixture
def root(tmp_path):
    save_picture(tmp_path / "images/a.png", colour=1)
    return tmp_path


def places(value, path=()):
    yield path
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from places(value[key], (*path, key))


def change_value(value, rnd):
    value = json.loads(json.dumps(value))
    for _ in range(rnd.choice((1, 1, 2))):
        *way, last = rnd.choice([path for path in places(value) if path])
        holder = value
        for key in way:
            holder = holder[key]
        if rnd.random() < 0.15:
            del holder[last]
        else:
            holder[last] = rnd.choice(VALUES)
        if not [path for path in places(value) if path]:
            break
    return json.dumps(value).encode()


def change_text(text, rnd):
    data = bytearray(text)
    for _ in range(rnd.choice((1, 1, 2))):
        at = rnd.randrange(len(data))
        if rnd.random() < 0.7:
            found = rnd.choice(list(re.finditer(rb"[^\s<>\"=:;,/\[\]{}]+", bytes(data))) or [None])
            if found is not None:
                data[found.start() : found.end()] = rnd.choice(TOKENS)
        else:
            data[at : at + rnd.randrange(20)] = rnd.choice(TOKENS)
        if not data:
            break
    return bytes(data)


def check(key, labels, root):
    """Read labels; what comes of it is finite and whole, or an error of Assay's."""
    try:
        source, words = read(key, labels, root / "images")
    except AssayError:
        return
    box = source.annotations["xywh"]
    assert not np.isinf(box).any()
    assert (np.isnan(box).any(axis=1) == np.isnan(box).all(axis=1)).all()
    assert len(source.annotation_ids) == len(box)
    assert np.isfinite(words.view()).all() or (source.annotations["rle_bytes"] > 0).any()
    for code in {each.reason for each in source.rejected}:
        assert source.doctor.counts[code] >= sum(each.reason == code for each in source.rejected)


@pytest.mark.parametrize("key", VALUED)
def test_labels_whose_values_are_others(key, root):
    rnd = random.Random(key)
    for _ in range(TIMES):
        (root / "a.json").write_bytes(change_value(VALUED[key], rnd))
        check(key, root / "a.json", root)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("key", TEXTS)
def test_labels_whose_bytes_are_others(key, root):
    text, file, labels = TEXTS[key]
    (root / file).parent.mkdir(exist_ok=True)
    rnd = random.Random(key)
    for _ in range(TIMES):
        (root / file).write_bytes(change_text(text.encode(), rnd))
        check(key.split()[0], root / labels, root)
