"""The picture on a project's card: a well-filled image with its annotations."""

from __future__ import annotations

from typing import Any

import numpy as np

from assay.errors import AssayError
from assay.media.cover_score import cover_score
from assay.media.decode import RgbImage, decode_rgb
from assay.media.reading import read_image
from assay.media.thumbnails import make_thumbnail, scale_down
from assay.ownfiles import replacing
from assay.project.colors import class_color
from assay.project.geometry import Shape
from assay.project.manifest import COVER
from assay.project.segmentation import SEGMENTATION_COLUMNS, StoredSegmentation, split_rings
from assay.project.store import Store

_EDGE = 640
_MOST_WORDS = 4_000  # of a polygon that is drawn

_CHOICE_SQL = """
SELECT i.row, i.path, i.width, i.height, f.apply_orientation FROM image i JOIN image_file f USING (row)
LEFT JOIN (
    SELECT image, count(*) AS objects, count(DISTINCT class) AS classes, sum(w * h) AS covered
    FROM annotation WHERE NOT crowd GROUP BY image
) o ON o.image = i.row
WHERE f.status = 0 AND i.width IS NOT NULL AND i.height IS NOT NULL
ORDER BY i.width BETWEEN i.height AND i.height * 2.0 DESC, coalesce(o.objects BETWEEN 4 AND 14, FALSE) DESC,
         coalesce(o.classes, 0) DESC, coalesce(o.covered, 0) / (i.width::DOUBLE * i.height) DESC, i.row
LIMIT 12
"""


def make_cover(store: Store) -> None:
    """Choose the cover image, write it and what is drawn on it; a project without a readable image has none."""
    with store.read() as cursor:
        candidates = cursor.execute(_CHOICE_SQL).fetchall()
    best: tuple[float, int, RgbImage] | None = None
    for number, (_, path, _, _, oriented) in enumerate(candidates):
        try:
            data, _ = read_image(store.trust.locate(path))
            picture = decode_rgb(data, apply_orientation=bool(oriented), item=path, show=True).shown
        except (AssayError, OSError):
            continue  # the next candidate may be better; the file itself was reported by the doctor
        small = scale_down(picture, _EDGE)
        score = cover_score(small)
        if best is None or score > best[0]:
            best = (score, number, small)
    if best is not None:
        _, number, picture = best
        row, _, width, height, _ = candidates[number]
        with replacing(store.directory / COVER) as file:
            file.write(make_thumbnail(picture, longest_edge=_EDGE))
        objects = _objects(store, row, width, height)
        store.save_manifest(cover={"width": picture.shape[1], "height": picture.shape[0], "objects": objects})
        return
    store.save_manifest(cover=None)


def _objects(store: Store, image: int, width: int, height: int) -> list[dict[str, Any]]:
    columns = ", ".join(SEGMENTATION_COLUMNS)
    with store.read() as cursor:
        rows = cursor.execute(
            "WITH ranked AS (SELECT c.row, c.name, row_number() OVER (ORDER BY count(a.row) DESC, c.row) - 1 AS rank"
            " FROM class c LEFT JOIN annotation a ON a.class = c.row GROUP BY c.row, c.name) "
            f"SELECT r.name, r.rank, x, y, w, h, shape, {columns} FROM annotation JOIN ranked r ON r.row = class "
            "WHERE image = ? AND x IS NOT NULL AND NOT crowd ORDER BY w * h DESC LIMIT 60",
            [image],
        ).fetchall()
    objects = []
    for name, rank, x, y, w, h, shape, *segmentation in rows:
        segment = StoredSegmentation(*segmentation)
        rings: list[list[float]] = []
        if shape == Shape.POLYGON and segment.word_count < _MOST_WORDS:
            lengths, numbers = segment.polygon(store.coordinates)
            shares = numbers / np.resize((width, height), len(numbers))
            rings = split_rings(shares.round(4).tolist(), lengths)
        box = [round(float(v), 4) for v in (x / width, y / height, w / width, h / height)]
        objects.append({"class_name": name, "color": class_color(rank), "box": box, "rings": rings})
    return objects
