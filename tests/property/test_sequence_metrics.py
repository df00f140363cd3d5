"""The sequence metrics against plain loops over every pair of objects, and laws that they obey."""

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco_mask

from assay.metrics.compute import measure_objects, measure_sequences
from assay.metrics.sequence_batch import Frames
from assay.project.geometry import AREAL_SHAPES, Shape
from tests.unit.metrics.coco_objects import box, keypoints, label, make_objects, mask, polygon
from tests.unit.metrics.films import records, shoot

SIDE = 24
OUTLINES = (
    [(0, 0), (10, 0), (0, 9)],
    [(0, 0), (10, 0), (10, 4), (5, 4), (5, 10), (0, 10)],
    [(1, 0), (11, 1), (10, 11), (0, 10)],
    [(0, 0), (5, 5), (9, 9)],
)
few = settings(max_examples=200)


def draw_mask(x, y, w, h, **given):
    pixels = np.zeros((SIDE, SIDE))
    pixels[y : y + h, x : x + w] = 1
    return mask(pixels, **given)


step = st.integers(0, 3)
side = st.sampled_from([0, 5, 10, 10, 11, 12])
labelled = st.fixed_dictionaries(
    {
        "class_": st.sampled_from([0, 0, 0, 1, 2]),
        "track": st.sampled_from([-1, -1, 0, 1, 1, 2]),
        "crowd": st.sampled_from([False] * 9 + [True]),
        "size": st.just((SIDE, SIDE)),
    }
)
things = st.one_of(
    st.builds(lambda x, y, w, h, g: box(x, y, w, h, **g), step, step, side, side, labelled),
    st.builds(lambda x, y, w, h, g: draw_mask(x, y, w, h, **g), step, step, side, side, labelled),
    st.builds(
        lambda x, y, ring, g: polygon(np.add(ring, (x, y)), **g), step, step, st.sampled_from(OUTLINES), labelled
    ),
    st.builds(lambda x, g: keypoints((x, x, 2), (9, 9, 2), **g), step, labelled),
    st.builds(lambda g: label(**g), labelled),
)
rivals = st.builds(
    lambda x, class_, track: box(x, 0, 10, 10, class_=class_, track=track, crowd=False, size=(SIDE, SIDE)),
    st.sampled_from([0, 0, 1, 4]),
    st.sampled_from([0, 0, 0, 1]),
    st.sampled_from([-1, -1, 0, 1]),
)
outlines = st.builds(
    lambda ring, scale: polygon(np.multiply(ring, scale), class_=0, track=0, crowd=False, size=(SIDE, SIDE)),
    st.sampled_from(OUTLINES),
    st.sampled_from([(1, 1), (2, 1), (0.2, 1)]),
)
films = st.one_of(
    st.lists(st.lists(things, max_size=3), min_size=1, max_size=7),
    st.lists(st.lists(rivals, max_size=2), min_size=3, max_size=6),
    st.lists(st.lists(outlines, max_size=2), min_size=3, max_size=6),
)


class PlainFilm:
    """The objects of one film, one by one."""

    def __init__(self, film):
        self.items = [item for frame in film for item in frame]
        self.frame = [i for i, frame in enumerate(film) for _ in frame]
        self.count = len(film)
        self.objects = make_objects(*[{**item, "image": i} for i, item in zip(self.frame, self.items, strict=True)])
        measured = measure_objects(self.objects)
        self.area = measured.values["object_area"].tolist()
        self.ratio = measured.values["object_aspect_ratio"].tolist()
        self.hu = np.stack([measured.features[f"hu_{n}"] for n in range(1, 7)], axis=1)

    def live(self):
        return [i for i in range(len(self.items)) if self.items[i]["shape"] != Shape.LABEL]

    def at(self, frame):
        return [i for i in self.live() if self.frame[i] == frame]

    def track(self, i):
        return self.items[i]["track"]

    def class_(self, i):
        return self.items[i]["class_"]

    def iou(self, earlier, later):
        pair = [self.items[earlier], self.items[later]]
        if any(item["crowd"] or item["shape"] not in AREAL_SHAPES for item in pair):
            return 0.0
        if not (self.area[earlier] > 0 and self.area[later] > 0):
            return 0.0
        if any(item["shape"] == Shape.MASK for item in pair):
            one, other = [fill(item) for item in pair]
            return float((one & other).sum() / (one | other).sum())
        one, other = [outline(item) for item in pair]
        shared = one.intersection(other).area
        return float(shared / (one.area + other.area - shared))

    def differ_in_track(self, i, j):
        return self.track(i) >= 0 and self.track(j) >= 0 and self.track(i) != self.track(j)

    def overlap(self, earlier, later):
        least = {1: 0.5, 2: 0.25}[self.frame[later] - self.frame[earlier]]
        return self.class_(earlier) == self.class_(later) and self.iou(earlier, later) >= least

    def same(self, earlier, later):
        if self.track(earlier) >= 0 and self.track(later) >= 0:
            return self.track(earlier) == self.track(later)
        return self.overlap(earlier, later)


def outline(item):
    if item["shape"] == Shape.BOX:
        x, y, w, h = item["xywh"]
        return shapely.box(x, y, x + w, y + h)
    return shapely.Polygon(item["rings"][0])


def fill(item):
    if item["shape"] == Shape.MASK:
        return coco_mask.decode(item["mask"]) > 0
    corners = np.array(outline(item).exterior.coords[:-1])
    return coco_mask.decode(coco_mask.merge(coco_mask.frPyObjects([corners.ravel().tolist()], SIDE, SIDE))) > 0


def plain_inconsistent(film):
    values = [None] * len(film.items)
    for i in film.live():
        if film.frame[i] > 0:
            values[i] = 1.0
            before = [(film.iou(j, i), j) for j in film.at(film.frame[i] - 1)]
            best = max((iou for iou, _ in before), default=0.0)
            nearest = [j for iou, j in before if iou == best]
            contradicts = [film.class_(j) != film.class_(i) or film.differ_in_track(j, i) for j in nearest]
            if best > 0.8 and all(contradicts):
                values[i] = 1 - best
        if film.track(i) >= 0:
            members = [j for j in film.live() if film.track(j) == film.track(i)]
            counts = Counter(film.class_(j) for j in members)
            most = [c for c in counts if counts[c] == max(counts.values())]
            first = min(most, key=lambda c: (min(film.frame[j] for j in members if film.class_(j) == c), c))
            if film.class_(i) != first:
                values[i] = 0.0
    return values


def plain_missing(film):
    values = [None] * len(film.items)
    for i in film.live():
        values[i] = 1.0
        before, earlier = film.at(film.frame[i] - 1), film.at(film.frame[i] - 2)
        trios = [(b, a) for b in before for a in earlier if film.overlap(b, i) and film.overlap(a, i)]
        clashes = [
            film.differ_in_track(b, i) or film.differ_in_track(a, i) or film.differ_in_track(a, b) for b, a in trios
        ]
        if trios and all(clashes):
            values[i] = 0.5
    for a in film.live():
        between, later = film.at(film.frame[a] + 1), film.at(film.frame[a] + 2)
        for c in later:
            if film.same(a, c) and not any(film.same(a, b) or film.same(b, c) for b in between):
                values[a] = 0.0
    return values


def plain_similarity(film):
    values = [None] * len(film.items)
    for track in {film.track(i) for i in film.live()} - {-1}:
        mean = None
        for frame in range(film.count):
            members = [i for i in film.at(frame) if film.track(i) == track and not math.isnan(film.hu[i, 0])]
            for i in members:
                h = film.hu[i]
                cosine = 1.0 if mean is None else h @ mean / math.sqrt((h @ h) * (mean @ mean))
                values[i] = min(max(float(cosine), 0.0), 1.0)
            if members:
                h = sum(film.hu[i] for i in members) / len(members)
                mean = h if mean is None else (mean + h) / 2
    return values


def plain_occlusion(film):
    values = [None] * len(film.items)
    for track in {film.track(i) for i in film.live()} - {-1}:
        members = [i for i in film.live() if film.track(i) == track and film.area[i] > 0]
        if len(members) < 5:
            continue
        samples = np.array([(film.area[i], film.ratio[i]) for i in members])
        scale = np.maximum(np.ptp(samples, axis=0), 0.2 * np.median(samples, axis=0))
        mean = samples.mean(axis=0)
        for i, sample in zip(members, samples, strict=True):
            distance = float(np.linalg.norm((sample - mean) / scale))
            shrunk = sample[0] < mean[0] * (1 - 1e-12)
            values[i] = distance if shrunk and distance > 0.3 else 0.0
    return values


PLAIN = {
    "inconsistent_track": plain_inconsistent,
    "missing_or_broken_track": plain_missing,
    "polygon_similarity": plain_similarity,
    "occlusion": plain_occlusion,
}


@few
@given(films)
def test_values_are_those_of_plain_loops(film):
    measured = shoot(film).measure()
    plain = PlainFilm(film)
    for key, measure in PLAIN.items():
        expected = np.array(measure(plain), dtype=np.float64)
        assert measured.values[key] == pytest.approx(expected, abs=1e-9, nan_ok=True), key


@few
@given(films)
def test_partners_are_in_the_frames_that_the_value_tells_of(film):
    measured = shoot(film).measure()
    plain = PlainFilm(film)
    for row, partner, value, _ in records(measured, "missing_or_broken_track"):
        assert measured.values["missing_or_broken_track"][row] == value
        distance = plain.frame[partner] - plain.frame[row]
        assert distance == 2 if value == 0 else distance in (-1, -2)
        assert plain.same(row, partner) if value == 0 else plain.overlap(partner, row)
    for row, partner, value, _ in records(measured, "inconsistent_track"):
        assert measured.values["inconsistent_track"][row] == value
        assert partner == -1 or 1 - plain.iou(partner, row) == pytest.approx(value)
    for key in ("inconsistent_track", "missing_or_broken_track"):
        explained = {record[0] for record in records(measured, key)}
        assert explained == set(np.flatnonzero(measured.values[key] < 1).tolist())


@few
@given(films, films, st.randoms(use_true_random=False))
def test_neither_order_nor_other_sequences_nor_numbering_change_a_bit(film, other, random):
    alone = shoot(film).measure()
    both = shoot(other, film)
    order = list(range(len(both.objects)))
    images = list(range(len(both.frames.image)))
    random.shuffle(order)
    random.shuffle(images)
    frames = Frames(
        both.frames.image[images],
        np.where(both.frames.sequence == 1, 3, 7).astype(np.int32)[images],
        both.frames.frame[images] * 2 - 50,
    )
    track = np.where(both.track >= 0, 9 - both.track, -1).astype(np.int32)
    mixed = measure_sequences(both.objects.take(np.array(order, dtype=np.int64)), frames, track[order])
    before = len(both.objects) - len(alone.values["occlusion"])
    place = np.argsort(order)[before:]
    for key, column in alone.values.items():
        assert mixed.values[key][place].tobytes() == column.tobytes(), key
        moved = {(row + before, p + before if p >= 0 else p, *rest) for row, p, *rest in records(alone, key)}
        assert moved == {record for record in records(mixed, key) if record[0] >= before}


@few
@given(films)
def test_numbering_the_objects_of_a_frame_the_other_way_round_changes_no_value(film):
    footage = shoot(film)
    forward = footage.measure().values
    objects = replace(footage.objects, row=footage.objects.row[::-1].copy())
    backward = measure_sequences(objects, footage.frames, footage.track).values
    for key, column in forward.items():
        assert backward[key] == pytest.approx(column, abs=1e-12, nan_ok=True), key
