"""Locations of image files: the nearest root and a path below it, resolved where the file is opened."""

from __future__ import annotations

import pytest

from assay.errors import UsageError
from assay.media.location import ImageLocation, locate_below, roots_here

ROOTS = {"project": "/ws/p", "source-0": "/ws/p/../../photos", "source-1": "/ws/p/../../photos/night"}


@pytest.mark.parametrize(
    ("path", "root", "below"),
    [
        ("/ws/p/images/0/a.jpg", "project", "images/0/a.jpg"),
        ("/ws/p/../../photos/a.jpg", "source-0", "a.jpg"),
        ("/ws/p/../../photos/sub/a b.jpg", "source-0", "sub/a b.jpg"),
        ("/ws/p/../../photos/night/a.jpg", "source-1", "a.jpg"),
        ("/ws/p/../../photos/nightly/a.jpg", "source-0", "nightly/a.jpg"),
        ("/ws/p/../../photographs/a.jpg", "", "/ws/p/../../photographs/a.jpg"),
        ("/elsewhere/a.jpg", "", "/elsewhere/a.jpg"),
    ],
)
def test_a_file_lies_below_the_nearest_root_and_resolves_to_its_path(path, root, below):
    location = locate_below(path, ROOTS)
    assert location == ImageLocation(root, below)
    assert location.resolve(ROOTS) == path


def test_another_machine_says_where_its_roots_lie(monkeypatch):
    monkeypatch.setenv("ASSAY_IMAGE_ROOTS", '{"source-0": "/mnt/photos/"}')
    assert ImageLocation("source-0", "sub/a.jpg").resolve(roots_here(ROOTS)) == "/mnt/photos/sub/a.jpg"
    assert ImageLocation("project", "a.jpg").resolve(roots_here(ROOTS)) == "/ws/p/a.jpg"


@pytest.mark.parametrize("text", ["/mnt/photos", "[]", '{"source-0": 3}', "{"])
def test_places_that_cannot_be_read_are_refused(text, monkeypatch):
    monkeypatch.setenv("ASSAY_IMAGE_ROOTS", text)
    with pytest.raises(UsageError) as caught:
        roots_here(ROOTS)
    assert (caught.value.item, caught.value.actual) == ("ASSAY_IMAGE_ROOTS", text)


def test_an_unknown_root_is_named():
    with pytest.raises(UsageError) as caught:
        ImageLocation("source-7", "a.jpg").resolve(ROOTS)
    assert caught.value.item == "source-7"
    assert caught.value.expected == "project, source-0, source-1"
