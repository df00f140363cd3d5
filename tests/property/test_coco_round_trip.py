"""Laws of importing COCO: whatever a file holds, it comes back, and every record is accepted or skipped."""

import json
import tempfile
from itertools import pairwise

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.unit.formats.coco.coco_files import import_and_export, same

text = st.text(st.characters(codec=None), max_size=6)
scalar = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.integers(),
    st.sampled_from([2**53 + 1, 2**63, -(2**63) - 1, 2**64 + 1, 10**400, 1e308, -0.0, 5e-324]),
    st.floats(),
    text,
)
anything = st.recursive(
    scalar, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=3), max_leaves=6
)
number = st.integers(-5, 200) | st.floats(0, 200).map(lambda value: round(value, 2))
identity = st.sampled_from([1, 2, 3, "1", "a", 2.5, 1.0, 2**70])
ring = st.lists(st.tuples(number, number), max_size=5).map(lambda points: [v for point in points for v in point])


def counts_of(size, cuts):
    ends = [0, *sorted(c % (size[0] * size[1] + 1) for c in cuts), size[0] * size[1]]
    return {"size": list(size), "counts": [b - a for a, b in pairwise(ends)]}


run_lengths = st.builds(
    counts_of, st.tuples(st.integers(1, 9), st.integers(1, 9)), st.lists(st.integers(0, 99), max_size=5)
)


def records(sound, *, odd_fields):
    """Records with sound fields, some of them absent, some with anything in them, and some unknown ones."""
    either = {name: values | anything for name, values in odd_fields.items()}
    mostly_sound = st.fixed_dictionaries({}, optional=sound)
    usable = st.fixed_dictionaries(sound)
    wild = st.fixed_dictionaries({}, optional=sound | either)
    others = st.dictionaries(
        st.sampled_from(["attributes", "score", "track_id", "Row", "note"]) | text, anything, max_size=2
    )
    merged = st.builds(lambda record, more: more | record, st.one_of(usable, mostly_sound, wild), others)
    return st.one_of(usable, usable, merged, merged, anything)


images = {"id": identity, "file_name": text | st.just("a.jpg"), "width": st.just(100), "height": st.just(80)}
categories = {"id": identity, "name": text, "supercategory": text}
annotations = {
    "id": st.integers(0, 9),
    "image_id": identity,
    "category_id": identity,
    "bbox": st.lists(number, min_size=4, max_size=4),
    "area": number,
    "iscrowd": st.integers(0, 1),
    "segmentation": st.lists(ring, max_size=3) | run_lengths,
    "keypoints": st.lists(st.tuples(number, number, st.integers(0, 2)), max_size=3).map(
        lambda p: [v for t in p for v in t]
    ),
    "num_keypoints": st.integers(0, 3),
}
files = st.builds(
    lambda top, sections: top | sections,
    st.dictionaries(text, anything, max_size=2),
    st.fixed_dictionaries(
        {"images": st.lists(records(images, odd_fields=images), max_size=4).map(lambda more: [FIRST, *more])},
        optional={
            "annotations": st.lists(records(annotations, odd_fields=annotations), max_size=8) | anything,
            "categories": st.lists(records(categories, odd_fields=categories), max_size=4) | anything,
        },
    ),
)
FIRST = {"id": 1, "file_name": "first.jpg", "width": 100, "height": 80}


@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(files)
@example(  # names that are blank or end in one, and one id for both
    {
        "images": [{"id": 1, "file_name": "first.jpg", "width": 100, "height": 80}],
        "annotations": [],
        "categories": [{"id": 1, "name": "", "supercategory": ""}, {"id": 2, "name": "0 ", "supercategory": ""}],
    }
)
def test_whatever_a_file_holds_comes_back_and_every_record_is_accepted_or_skipped(content):
    given_text = json.dumps(content)
    with tempfile.TemporaryDirectory() as folder:
        source, written = import_and_export(folder, given_text)
    assert same(written, json.loads(given_text))
    for section, accepted in (
        ("images", source.images.position),
        ("annotations", source.annotations["position"].tolist()),
        ("categories", source.categories.position),
    ):
        records_given = content.get(section) if isinstance(content.get(section), list) else []
        skipped = [r.position for r in source.rejected if r.section == section]
        assert sorted([*accepted, *skipped]) == list(range(len(records_given)))
    assert sum(source.doctor.skipped.values()) == len(source.rejected) - len(source.categories.repeated)
    json.dumps(source.doctor.report()).encode()
