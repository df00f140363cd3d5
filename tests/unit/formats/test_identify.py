"""Which images and sources records are about: what decides, what is told, and what is refused."""

import pytest

from assay.errors import InputError
from assay.formats.identify import AMBIGUOUS, UNKNOWN, find_images, place
from assay.formats.known import Classes, Images, Known
from assay.project.sources import Source

TRAIN, VAL = Source(0, "/d/train.json", "train.json", ("train",)), Source(1, "/d/val.json", "val.json", ("val",))


def known(*images, classes=()):
    return Known(Images(images), Classes(classes), {}, [TRAIN, VAL])


def settle(project, keys, fitting=None, **more):
    ones = [1] * len(keys)
    found = find_images(project.images, keys, ones, item="dt.json", **more)
    placed = place(project, found, range(len(keys)), fitting, ones, item="dt.json")
    return placed.rows.tolist(), found, placed.source


two = known((0, 0, 0, "a.jpg"), (1, 0, 1, "b.jpg"), (2, 1, 0, "c.jpg"), (3, 1, 1, "d.jpg"), (4, 1, 2, "e.jpg"))


def test_ids_that_two_sources_have_are_refused_with_candidates_and_counts():
    with pytest.raises(InputError) as refused:
        settle(two, [(0, None), (1, None)])
    assert refused.value.actual == (
        "train.json (source 0, split train): 2 of 2 records; val.json (source 1, split val): 2 of 2 records"
    )
    assert "--split val or --source 1" in refused.value.hint


def test_an_id_that_one_source_has_decides_for_all():
    rows, _, source = settle(two, [(0, None), (2, None)])
    assert (rows, source) == ([2, 4], VAL)


def test_categories_that_one_source_has_decide_for_all():
    rows, _, source = settle(two, [(0, None), (1, None)], fitting=[{0, 1}, {1}])
    assert (rows, source) == ([2, 3], VAL)


def test_file_names_decide_and_need_no_source():
    assert settle(two, [(0, "c.jpg"), (1, "b.jpg")])[::2] == ([2, 1], None)


def test_a_file_name_counts_more_than_the_id_of_another_image():
    rows, found, _ = settle(two, [(1, "x/c.jpg")])
    assert (rows, found.by, found.contrary) == ([2], ["file_name"], [True])
    assert any("the file name counts" in warning for warning in found.warnings)


def test_a_file_name_of_no_image_is_not_overruled_by_its_id():
    assert settle(two, [(2, "zz.jpg")])[0] == [UNKNOWN]


def test_a_record_may_do_without_an_id():
    assert settle(two, [("c.jpg", "c.jpg"), (None, "d.jpg")])[0] == [2, 3]


@pytest.mark.parametrize(("own", "told"), [(7, "7"), ("7", 7), ("007", 7), (7.0, "7")])
def test_ids_as_text_are_matched_and_noted(own, told):
    rows, found, _ = settle(known((0, 0, own, "a.jpg")), [(told, None)])
    assert (rows, found.by) == ([0], ["text"])
    assert found.warnings == [
        "1 records were matched with images by ids written as text on one side and as numbers on the other."
    ]
    assert not settle(known((0, 0, own, "a.jpg")), [(told, None)], from_table=True)[1].warnings


def test_exact_ids_come_before_ids_as_text_and_several_of_these_are_ambiguous():
    both = known((0, 0, 1, "a.jpg"), (1, 0, "1", "b.jpg"))
    assert settle(both, [(1, None), ("1", None)])[0] == [0, 1]
    assert settle(known((0, 0, "01", "a.jpg"), (1, 0, "1", "b.jpg")), [(1, None)])[0] == [AMBIGUOUS]


numbered = known((0, 0, 100, "0003.png"), (1, 0, 101, "0001.png"), (2, 0, 102, "0002.png"))


def test_numbers_that_are_no_ids_but_stems_are_matched_by_stem():
    rows, found, _ = settle(numbered, [(1, None), (3, None)])
    assert (rows, found.by) == ([1, 0], ["stem", "stem"])


def test_numbers_that_are_ids_stay_ids():
    shuffled = known((0, 0, 1, "0002.png"), (1, 0, 2, "0001.png"))
    rows, found, _ = settle(shuffled, [(1, None), (2, None)])
    assert (rows, found.by, found.warnings) == ([0, 1], ["id", "id"], [])


def test_ids_beside_file_names_that_contradict_theirs_say_nothing():
    shuffled = known((0, 0, 1, "0002.png"), (1, 0, 2, "0001.png"))
    with pytest.raises(InputError) as refused:
        settle(shuffled, [(1, "0001.png"), (2, None)])
    assert refused.value.actual == "1 records whose file_name contradicts the id; 1 without a file_name"
    assert settle(shuffled, [(1, "0002.png"), (2, None)])[0] == [0, 1]


def test_whole_floats_are_stems_and_the_decimals_of_others_are_no_ending():
    assert settle(numbered, [(1.0, None), (3.0, None)])[0] == [1, 0]
    assert settle(numbered, [(1.5, None), (3.25, None)])[0] == [UNKNOWN, UNKNOWN]


@pytest.mark.parametrize("name", ["/d/val/1.png", "val/1.png", "C:\\x\\val\\1.png"])
def test_the_folder_of_a_source_tells_equal_names_apart(name):
    images = Images([(0, 0, 1, "1.png"), (1, 1, 1, "1.png")], {0: ("d", "train"), 1: ("d", "val")})
    project = Known(images, Classes([]), {}, [TRAIN, VAL])
    assert settle(project, [(None, name)])[::2] == ([1], None)
    with pytest.raises(InputError, match="which source"):
        settle(project, [(None, "1.png")])
    assert settle(project, [(None, "1.png"), (None, name)])[::2] == ([1, 1], VAL)


def test_numbers_of_which_some_are_ids_and_all_are_stems_are_refused():
    with pytest.raises(InputError, match="ids and as file names"):
        settle(known((0, 0, 0, "1.png"), (1, 0, 1, "2.png")), [(1, None), (2, None)])


def test_the_longest_common_end_of_paths_tells_files_apart():
    folders = known((0, 0, 1, "a/1.png"), (1, 0, 2, "b/1.png"), (2, 0, 3, "c/b/2.png"))
    keys = [(None, "/home/me/b/1.png"), (None, "1.png"), (None, "b\\2.png"), (2, "1.png"), (None, "b/1.jpg")]
    assert settle(folders, keys)[0] == [1, AMBIGUOUS, 2, 1, 1]


def test_a_category_is_read_by_its_images_source():
    apart = Classes([(0, 1, 10), (0, 2, 11), (1, 1, 11), (1, 0, 10)])
    assert [apart.find(0, 1), apart.find(1, 1), apart.find(1, "0"), apart.find(0, 0)] == [10, 11, 10, None]
    assert (apart.fits(0, 0), apart.fits(1, 0), apart.fits(5, 9)) == (False, True, True)


def test_sources_that_agree_lend_each_other_categories():
    agreeing = Classes([(0, 1, 10), (1, 2, 11)])
    assert [agreeing.find(1, 1), agreeing.find(7, 2), agreeing.find(0, 3)] == [10, 11, None]
