import math

import numpy as np
import pytest
from tests.unit.metrics.coco_objects import box, keypoints, label, make_objects, mask, polygon
from tests.unit.metrics.films import measure_film, shoot

from assay.errors import UsageError
from assay.metrics.compute import measure_sequences
from assay.metrics.outliers import classify
from assay.metrics.registry import all_metrics, get_metric
from assay.metrics.sequence_batch import Frames

INCONSISTENT = "inconsistent_track"
MISSING = "missing_or_broken_track"
SIMILARITY = "polygon_similarity"
OCCLUSION = "occlusion"
TITLES = {
    INCONSISTENT: "Inconsistent Class or Track",
    MISSING: "Missing Objects and Broken Tracks",
    SIMILARITY: "Polygon Shape Similarity",
    OCCLUSION: "Occlusion Risk",
}


def rectangle(w, h, **given):
    return polygon([(10, 10), (10 + w, 10), (10 + w, 10 + h), (10, 10 + h)], **given)


def square_mask(x, y, side, **given):
    pixels = np.zeros((40, 40))
    pixels[y : y + side, x : x + side] = 1
    return mask(pixels, **given)


def severities(key, values):
    return classify(get_metric(key), np.array(values)).tolist()


def test_the_four_stand_together_before_confidence_and_serve_annotations():
    keys = [metric.key for metric in all_metrics()]
    place = keys.index(INCONSISTENT)
    assert keys[place : place + 5] == [*TITLES, "confidence"]
    for key, title in TITLES.items():
        metric = get_metric(key)
        assert (metric.title, metric.scopes, metric.needs, metric.kind) == (
            title,
            ("annotation",),
            "sequence",
            "fraction",
        )


def test_outlier_bounds_are_those_of_the_catalogue():
    assert severities(INCONSISTENT, [0.0, 0.0999, 0.1, 0.1999, 0.2, 1.0]) == [2, 2, 1, 1, 0, 0]
    assert severities(MISSING, [0.0, 0.5, 1.0]) == [2, 1, 0]
    assert severities(OCCLUSION, [0.0, 0.2999, 0.3, 0.5, 1.0]) == [0, 0, 1, 2, 2]
    usual = np.linspace(0.9, 1.0, 41)  # quartiles .925 and .975
    assert severities(SIMILARITY, [*usual, 0.84, 0.6])[-2:] == [1, 2]
    assert not any(severities(SIMILARITY, usual))


def test_a_class_flip_in_the_middle_of_a_track_is_0_and_its_neighbours_are_sound():
    classes = [4, 4, 7, 4, 4]
    film = [[box(10 * i, 0, 9, 9, track=1, class_=c)] for i, c in enumerate(classes)]
    values, evidence = measure_film(INCONSISTENT, film)
    assert values == [None, 1, 0, 1, 1]
    assert evidence == {(2, -1, 0.0, "class differs from the majority of its track")}


def test_a_class_flip_in_the_first_frame_is_0_too():
    film = [[box(0, 0, 9, 9, track=1, class_=c)] for c in (7, 4, 4)]
    # Nothing has moved, so the second frame contradicts the first with an IoU of 1.
    assert measure_film(INCONSISTENT, film)[0] == [0, 0, 1]


@pytest.mark.parametrize(("classes", "minority"), [((5, 2), [1]), ((2, 5, 5, 2), [1, 2]), ((5, 2, 2, 5, 9), [1, 2, 4])])
def test_of_equally_frequent_classes_the_first_in_time_is_the_majority(classes, minority):
    film = [[box(20 * i, 0, 9, 9, track=1, class_=c)] for i, c in enumerate(classes)]
    values, _ = measure_film(INCONSISTENT, film)
    assert [i for i, value in enumerate(values) if value == 0] == minority


def test_the_same_track_number_in_another_sequence_is_another_track():
    one = [[box(0, 0, 9, 9, track=1, class_=0)] for _ in range(2)]
    other = [[box(0, 0, 9, 9, track=1, class_=1)] for _ in range(3)]
    assert shoot(one, other).measure().values[INCONSISTENT].tolist() == pytest.approx(
        [np.nan, 1, np.nan, 1, 1], nan_ok=True
    )


def test_an_object_that_stays_but_changes_class_or_track_is_1_minus_iou():
    # 100 px² moved by 1 px: 90 shared of 110 is .818; in 200 px² 190 of 210 is .905.
    before = [box(0, 0, 10, 10, class_=1), box(0, 50, 20, 10, track=3), box(50, 50, 20, 10, track=5)]
    after = [box(1, 0, 10, 10, class_=2), box(1, 50, 20, 10, track=4), box(51, 50, 20, 10, class_=9, track=6)]
    values, evidence = measure_film(INCONSISTENT, [before, after])
    assert values[:3] == [None] * 3
    assert values[3:] == pytest.approx([20 / 110, 20 / 210, 20 / 210])
    assert {(row, partner, detail) for row, partner, _, detail in evidence} == {
        (3, 0, "another class in the same place one frame apart"),
        (4, 1, "another track in the same place one frame apart"),
        (5, 2, "another class and track in the same place one frame apart"),
    }
    assert {value for _, _, value, _ in evidence} == set(values[3:])
    assert severities(INCONSISTENT, values[3:]) == [1, 2, 2]


def test_an_overlap_of_exactly_80_percent_is_not_enough_to_contradict():
    assert measure_film(INCONSISTENT, [[box(0, 0, 10, 10)], [box(0, 0, 10, 8, class_=1)]])[0] == [None, 1]


def test_only_the_object_that_overlaps_most_counts_and_a_missing_track_is_no_other_track():
    rival = box(0, 0, 10, 10, class_=1)
    assert measure_film(INCONSISTENT, [[rival, box(0, 0.5, 10, 10)], [box(0, 0.5, 10, 10)]])[0][2] == 1
    assert measure_film(INCONSISTENT, [[rival, box(0, 0, 10, 9)], [box(0, 0, 10, 10)]])[0][2] == 0
    assert measure_film(INCONSISTENT, [[box(0, 0, 10, 10)], [box(0, 0, 10, 10, track=1)]])[0] == [None, 1]


def test_of_objects_that_overlap_equally_one_that_agrees_is_enough():
    film = [[box(0, 0, 9, 9, class_=1), box(0, 0, 9, 9)], [box(0, 0, 9, 9)]]
    assert measure_film(INCONSISTENT, film)[0] == [None, None, 1]
    film[0] = [box(0, 0, 9, 9, class_=1), box(0, 0, 9, 9, class_=2)]
    values, evidence = measure_film(INCONSISTENT, film)
    assert values[2] == 0
    assert {record[:2] for record in evidence} == {(2, 0)}


def test_masks_and_polygons_meet_by_pixels_across_frames():
    film = [[square_mask(10, 10, 20)], [polygon([(10, 10), (30, 10), (30, 29), (10, 29)], size=(40, 40), class_=1)]]
    assert measure_film(INCONSISTENT, film)[0] == [None, pytest.approx(1 - 380 / 400)]


def test_shapes_whose_areas_differ_can_still_fill_the_same_pixels_of_a_mask():
    # 0.7 by 0.7 px² fill the one pixel that the mask has.
    pixel = polygon([(4.4, 4.4), (5.1, 4.4), (5.1, 5.1), (4.4, 5.1)], size=(40, 40), class_=1)
    assert measure_film(INCONSISTENT, [[square_mask(4, 4, 1)], [pixel]])[0] == [None, 0]


def test_shapes_without_area_and_crowds_are_judged_by_their_track_alone():
    skeleton = [(1, 1, 2), (9, 9, 2)]
    film = [
        [keypoints(*skeleton, class_=1, track=1), box(0, 0, 9, 9, crowd=True, class_=2)],
        [keypoints(*skeleton, class_=1, track=1), box(0, 0, 9, 9, crowd=True, class_=3)],
        [keypoints(*skeleton, class_=0, track=1), box(0, 0, 9, 9, class_=4)],
    ]
    assert measure_film(INCONSISTENT, film)[0] == [None, None, 1, 1, 0, 1]


def test_a_gap_of_one_frame_in_a_track_is_0_before_the_gap_wherever_the_object_goes():
    film = [
        [box(0, 0, 9, 9, track=1), box(50, 50, 9, 9, track=2)],
        [box(50, 50, 9, 9, track=2)],
        [box(80, 0, 9, 9, track=1), box(50, 50, 9, 9, track=2)],
        [box(80, 0, 9, 9, track=1)],
    ]
    values, evidence = measure_film(MISSING, film)
    assert values == [0, 1, 1, 1, 1, 1]
    assert evidence == {(0, 3, 0.0, "missing in the frame between")}


def test_an_empty_image_between_is_a_frame_and_two_empty_ones_are_too_long_a_gap():
    there = [box(0, 0, 9, 9, track=1)]
    assert measure_film(MISSING, [there, [], there])[0] == [0, 1]
    assert measure_film(MISSING, [there, [], [], there])[0] == [1, 1]
    assert measure_film(MISSING, [there, there])[0] == [1, 1]


def test_without_ids_the_same_object_is_one_of_its_class_that_overlaps():
    # Of 100 px², moved by 6: 40 of 160 = .25. Moved by 7: 30 of 170.
    start = box(0, 0, 10, 10)
    assert measure_film(MISSING, [[start], [], [box(6, 0, 10, 10)]])[0] == [0, 1]
    assert measure_film(MISSING, [[start], [], [box(7, 0, 10, 10)]])[0] == [1, 1]
    assert measure_film(MISSING, [[start], [], [box(6, 0, 10, 10, class_=1)]])[0] == [1, 1]
    assert measure_film(MISSING, [[{**start, "track": 4}], [], [box(6, 0, 10, 10)]])[0] == [0, 1]
    assert measure_film(MISSING, [[{**start, "track": 4}], [], [box(0, 0, 10, 10, track=5)]])[0] == [1, 1]


def test_without_ids_one_object_between_that_overlaps_either_by_half_is_enough():
    # Of 120 px², moved by 4 (of 12): 80 of 160 = .5; moved by 4.5 it is less.
    start, end = box(0, 0, 12, 10), box(7, 0, 12, 10)
    assert measure_film(MISSING, [[start], [box(-4, 0, 12, 10)], [end]])[0] == [1, 1, 1]
    assert measure_film(MISSING, [[start], [box(11, 0, 12, 10)], [end]])[0] == [1, 1, 1]
    assert measure_film(MISSING, [[start], [box(-4.5, 0, 12, 10)], [end]])[0] == [0, 1, 1]
    assert measure_film(MISSING, [[start], [box(0, 0, 12, 5)], [end]])[0] == [1, 1, 1]
    assert measure_film(MISSING, [[start], [box(-4, 0, 12, 10, class_=1)], [end]])[0] == [0, 1, 1]


def test_a_track_names_where_it_is_back_before_anything_that_only_overlaps():
    start = box(0, 0, 9, 9, track=1)
    film = [[start], [], [box(0, 0, 9, 9), box(50, 0, 9, 9, track=1), box(1, 0, 9, 9)]]
    values, evidence = measure_film(MISSING, film)
    assert values == [0, 1, 1, 1]
    assert {record[:2] for record in evidence} == {(0, 2)}
    film = [[box(0, 0, 9, 9)], [], [box(1, 0, 9, 9), box(0, 0, 9, 9), box(0, 0, 9, 9)]]
    assert {record[:2] for record in measure_film(MISSING, film)[1]} == {(0, 2)}


def test_a_switch_of_id_is_a_half_until_both_frames_before_agree():
    film = [[box(i, 0, 9, 9, track=track)] for i, track in enumerate([1, 1, 1, 2, 2, 2])]
    values, evidence = measure_film(MISSING, film)
    assert values == [1, 1, 1, 0.5, 0.5, 1]
    detail = "another track id in the same place"
    assert evidence == {(3, 2, 0.5, detail), (4, 2, 0.5, detail)}


def test_an_id_switch_for_one_frame_is_a_hole_in_its_track_and_the_lower_value_wins():
    film = [[box(0, 0, 9, 9, track=track)] for track in (1, 1, 2, 1, 2)]
    values, evidence = measure_film(MISSING, film)
    assert values == [1, 0, 0, 0.5, 0.5]
    assert {record[:3] for record in evidence} == {(1, 3, 0.0), (2, 4, 0.0), (3, 2, 0.5), (4, 3, 0.5)}


def test_neighbours_that_overlap_are_no_broken_track_and_unknown_ids_do_not_differ():
    pair = [box(0, 0, 10, 10, track=1), box(2, 0, 10, 10, track=2)]
    assert measure_film(MISSING, [pair, pair[::-1], pair])[0] == [1] * 6
    known, unknown, other = box(0, 0, 9, 9, track=1), box(0, 0, 9, 9), box(0, 0, 9, 9, track=2)
    assert measure_film(MISSING, [[known], [unknown], [known]])[0] == [1, 1, 1]
    assert measure_film(MISSING, [[unknown], [other], [known]])[0] == [1, 1, 0.5]
    assert measure_film(MISSING, [[known], [unknown], [other]])[0] == [1, 1, 0.5]
    assert measure_film(MISSING, [[known], [unknown], [unknown]])[0] == [1, 1, 1]
    assert measure_film(MISSING, [[unknown], [known], [unknown]])[0] == [1, 1, 1]
    assert measure_film(MISSING, [[known], [known], [unknown]])[0] == [1, 1, 1]
    values, evidence = measure_film(MISSING, [[known], [other], [unknown]])
    assert values == [1, 1, 0.5]
    assert {record[:2] for record in evidence} == {(2, 1)}


def test_objects_without_area_are_followed_by_their_ids_only():
    film = [[keypoints((1, 1, 2), track=1), keypoints((1, 1, 2))], [], [keypoints((1, 1, 2), track=1)]]
    assert measure_film(MISSING, film)[0] == [0, 1, 1]


def test_similarity_of_rectangles_is_the_cosine_of_their_two_invariants_with_the_running_mean():
    # Of a w×h rectangle h1 = (w² + h²) / 12wh and h2 = ((w² - h²) / 12wh)², all others are 0.
    def vector(w, h):
        invariants = (w * w + h * h) / (12 * w * h), ((w * w - h * h) / (12 * w * h)) ** 2
        return np.arcsinh(1e8 * np.array(invariants))

    def cosine(a, b):
        return float(a @ b / math.sqrt((a @ a) * (b @ b)))

    square, long, longer = vector(8, 8), vector(16, 8), vector(32, 8)
    film = [[rectangle(8, 8, track=1)], [rectangle(16, 8, track=1)], [], [rectangle(4, 16, track=1)]]
    mean = (square + long) / 2
    expected = [1, cosine(long, square), cosine(longer, mean)]
    assert measure_film(SIMILARITY, film)[0] == pytest.approx(expected, abs=1e-9)
    assert cosine(long, square) < 0.8


def test_an_outline_that_only_moves_grows_or_turns_stays_fully_similar():
    star = np.array([(0, 0), (9, 1), (4, 4), (3, 11), (1, 5)], dtype=float)
    turned = star @ np.array([[0, 1], [-1, 0]])
    film = [[polygon(points, track=1)] for points in (star, 3 * star + 5, turned + 40)]
    values, _ = measure_film(SIMILARITY, film)
    assert values == pytest.approx([1, 1, 1], abs=1e-9)
    assert max(values) <= 1


def test_similarity_is_for_polygons_and_masks_of_a_track_only():
    flat = polygon([(0, 0), (5, 5), (9, 9)], track=2)
    film = [[box(0, 0, 9, 9, track=1), rectangle(5, 5), flat, square_mask(3, 3, 5, track=3)] for _ in range(2)]
    assert measure_film(SIMILARITY, film)[0] == [None, None, None, 1, None, None, None, pytest.approx(1)]


def test_outlines_of_one_track_in_one_frame_are_all_compared_with_the_frames_before():
    one = [rectangle(8, 8, track=1)]
    twin = [rectangle(16, 8, track=1), rectangle(8, 8, track=1)]
    alone = measure_film(SIMILARITY, [one, [twin[0]]])[0]
    assert measure_film(SIMILARITY, [one, twin])[0] == pytest.approx([1, alone[1], 1])
    assert measure_film(SIMILARITY, [twin, one])[0][:2] == [1, 1]


def test_the_mean_of_the_outlines_of_one_frame_goes_into_the_running_mean():
    square, long, longer = (
        np.array([math.asinh(1e8 * h) for h in hu]) for hu in ((1 / 6, 0), (5 / 24, 1 / 64), (17 / 48, 25 / 256))
    )
    mean = ((square + long) / 2 + square) / 2
    film = [
        [rectangle(8, 8, track=1), rectangle(16, 8, track=1)],
        [rectangle(8, 8, track=1)],
        [rectangle(32, 8, track=1)],
    ]
    cosine = longer @ mean / math.sqrt((longer @ longer) * (mean @ mean))
    assert measure_film(SIMILARITY, film)[0][3] == pytest.approx(cosine, abs=1e-9)


def test_occlusion_is_the_distance_from_the_tracks_mean_where_the_object_is_smaller():
    # Areas 100 ×4, 50: mean 90, range 50. Ratios 1 ×4, 2: mean 1.2, range 1.
    film = [[box(0, 0, 10, 10, track=1)] for _ in range(4)] + [[box(0, 0, 10, 5, track=1)]]
    values, evidence = measure_film(OCCLUSION, film)
    assert values == [0, 0, 0, 0, pytest.approx(math.hypot(40 / 50, 0.8))]
    assert {(row, partner, detail) for row, partner, _, detail in evidence} == {
        (4, -1, "area 56 % of the track's mean")
    }


def test_small_changes_are_measured_against_a_fifth_of_the_median():
    # Areas 100 ×4 and 95: range 5 is less than 20, so the last is 4 / 20 away; 85 is 12 / 20 away.
    for height, expected in ((9.5, 0), (8.5, 12 / 20)):
        ratio = (10 / height - (4 + 10 / height) / 5) / 0.2
        film = [[box(0, 0, 10, 10, track=1)] for _ in range(4)] + [[box(0, 0, 10, height, track=1)]]
        distance = math.hypot(expected, ratio)
        assert measure_film(OCCLUSION, film)[0][4] == pytest.approx(distance if distance > 0.3 else 0)


def test_a_growing_object_is_at_risk_at_its_small_end_only():
    film = [[box(0, 0, side, side, track=1)] for side in (10, 20, 30, 40, 50)]
    mean = (1 + 4 + 9 + 16 + 25) / 5
    expected = [(mean - 1) / 24, (mean - 4) / 24, 0, 0, 0]
    assert expected[1] < 0.3 < expected[0]
    expected[1] = 0
    assert measure_film(OCCLUSION, film)[0] == pytest.approx(expected)


def test_a_turning_object_of_constant_area_is_not_occluded():
    film = [[box(0, 0, w, 0.7 / w, track=1)] for w in (0.1, 0.3, 0.7, 1.1, 1.3)]
    assert measure_film(OCCLUSION, film)[0] == [0] * 5


def test_short_tracks_and_objects_without_track_or_area_have_no_occlusion():
    frame = [box(0, 0, 9, 9), keypoints((1, 1, 2), track=1), box(0, 0, 0, 9, track=2)]
    assert measure_film(OCCLUSION, [frame] * 6)[0] == [None] * 18
    assert measure_film(OCCLUSION, [[box(0, 0, 9, 9, track=1)]] * 4)[0] == [None] * 4
    assert measure_film(OCCLUSION, [[box(0, 0, 9, 9, track=1)]] * 4 + [frame[2:]])[0] == [None] * 5


def test_labels_and_images_without_a_sequence_have_no_value():
    objects = make_objects(*[box(0, 0, 9, 9, image=i // 2) for i in range(10)], *[label(image=5)] * 2)
    frames = Frames(
        image=np.arange(6, dtype=np.int32),
        sequence=np.array([-1] * 5 + [0], dtype=np.int32),
        frame=np.zeros(6, dtype=np.int64),
    )
    measured = measure_sequences(objects, frames, np.zeros(12, dtype=np.int32))
    assert set(measured.values) == set(TITLES)
    assert all(np.isnan(column).all() and len(column) == 12 for column in measured.values.values())
    assert not any(len(evidence.row) for evidence in measured.evidence)


def test_images_with_the_same_frame_number_are_one_frame():
    footage = shoot([[box(0, 0, 9, 9)], [box(0, 0, 9, 9, class_=1)]])
    same = Frames(footage.frames.image, footage.frames.sequence, np.array([-3, -3], dtype=np.int64))
    assert footage.measure().values[INCONSISTENT][1] == 0
    assert np.isnan(measure_sequences(footage.objects, same, footage.track).values[INCONSISTENT]).all()


def test_no_objects_at_all_are_no_obstacle():
    measured = shoot([[], []]).measure()
    assert {key: len(column) for key, column in measured.values.items()} == dict.fromkeys(TITLES, 0)


def test_a_missing_image_or_a_wrong_number_of_tracks_is_refused():
    footage = shoot([[box(0, 0, 9, 9)], [box(0, 0, 9, 9)]])
    with pytest.raises(UsageError, match="one track per object"):
        measure_sequences(footage.objects, footage.frames, footage.track[:1])
    first = Frames(footage.frames.image[:1], footage.frames.sequence[:1], footage.frames.frame[:1])
    with pytest.raises(UsageError) as caught:
        measure_sequences(footage.objects, first, footage.track)
    assert (caught.value.item, caught.value.actual) == ("object row 1", "image row 1 is missing")
