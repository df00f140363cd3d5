"""Predictions whose ids look as if they were another dataset's are taken in with a warning that says why."""

import json

import pytest

NAMES = ["animals", "cat", "dog", "cow"]  # Roboflow puts the supercategory first, with the id 0
COCO_IDS = [1, 2, 3, 4, 90]  # with a gap, as in COCO's 91


def write(file, content):
    file.write_text(json.dumps(content))
    return file


def boxes(image):
    return [[20 + 200 * at, 10 + 38 * image, 100, 30] for at in range(3)]  # at another height in each image


@pytest.fixture
def start(tmp_path, cli):
    """`start(categories)` makes a project of 12 images with three boxes each; returns a function of readings of ids."""
    (tmp_path / "img").mkdir()

    def make(ids):
        used = ids[1:]
        images = [{"id": n, "file_name": f"{n}.png", "width": 640, "height": 480} for n in range(12)]
        truth = [(n, used[(n + at) % len(used)], box) for n in range(12) for at, box in enumerate(boxes(n))]
        annotations = [
            {"id": at, "image_id": image, "category_id": own, "bbox": box, "area": 9000, "iscrowd": 0}
            for at, (image, own, box) in enumerate(truth, start=1)
        ]
        categories = [{"id": own, "name": f"class {own}"} for own in ids]
        content = {"images": images, "annotations": annotations, "categories": categories}
        file = write(tmp_path / "gt.json", content)
        assert cli("import", "project", "--coco", "-i", tmp_path / "img", "-a", file, "-t", tmp_path / "w").code == 0

        def warn(read_category, read_image=lambda own: own):
            results = [
                {"image_id": read_image(image), "category_id": read_category(own), "bbox": box, "score": 0.9}
                for image, own, box in truth
            ]
            file = write(tmp_path / "dt.json", results)
            name = f"set {warn.count}"
            warn.count += 1
            done = cli("import", "predictions", "-t", tmp_path / "w", "--coco", file, "--name", name, "--json").json
            known = cli("predictions", "show", name, "-t", tmp_path / "w", "--json").json
            assert known["warnings"] == known["doubts"] == done["warnings"]
            return done["warnings"]

        warn.count = 0
        return warn

    return make


def test_category_ids_that_count_from_another_number_and_shifted_images_are_told(start):
    warn = start(list(range(len(NAMES))))
    assert warn(lambda own: own) == []
    [told] = warn(lambda own: own - 1)
    assert told.startswith("Of the 36 most confident predictions that overlap an annotation by half only 0 have its")
    assert told.endswith("see if the category ids are the dataset's; if they are one too low, 36 have.")
    assert warn(lambda own: own, lambda image: (image + 6) % 12) == [
        "Only 0 of the 36 most confident predictions overlap an annotation by half: see if they are of these images."
    ]


def test_places_in_the_list_of_categories_instead_of_their_ids_are_told(start):
    warn = start(COCO_IDS)
    [told] = warn(lambda own: max(1, COCO_IDS.index(own)))
    assert told.endswith("if they are places in the list of categories, counted from 0, 36 have.")
    assert warn(lambda own: own) == []
