"""Write a prediction set as COCO results: a JSON array of detections."""

from __future__ import annotations

from collections import Counter
from io import TextIOWrapper
from typing import Any

from assay.formats.format import Writing
from assay.formats.json_text import verbatim
from assay.formats.writing.selection import DROPPED
from assay.project.coordinates import GeometryReader
from assay.project.segmentation import StoredSegmentation, segmentation_columns
from assay.project.source_ids import read_id

_BATCH = 20_000
_SQL = f"""
SELECT i.row, i.source_id, i.source_key, i.file_name, p.class, s.source_id, s.source_key, p.score, p.x, p.y, p.w, p.h,
       p.rotation, {segmentation_columns("p")}, p.keypoint_start, p.keypoint_count,
       p.probability_start, p.probability_count
FROM prediction p JOIN image i ON i.row = p.image JOIN chosen ON chosen.row = p.image
LEFT JOIN class_source s ON s.class = p.class AND s.source = i.source
WHERE p."set" = ? ORDER BY p.position, p.row
"""


def write_results(writing: Writing) -> dict[str, Any]:
    """Write the predictions of the chosen images, in the order of their file.

    Where several images have one id, or one has none, every record has its image's ``file_name``, too.
    """
    selection, store = writing.selection, writing.store
    lost: Counter[str] = Counter()
    images: set[int] = set()
    count = 0
    writing.stage("Writing predictions", None)
    with store.read() as cursor:
        cursor.register("chosen", {"row": selection.images})
        [(total, distinct)] = cursor.execute(
            "SELECT count(*), count(DISTINCT coalesce(source_key, source_id::VARCHAR)) FROM image JOIN chosen USING "
            "(row)"
        ).fetchall()
        own = {
            row: read_id(number, key)
            for row, number, key in cursor.execute("SELECT row, source_id, source_key FROM class").fetchall()
        }
        with writing.open_file() as binary, TextIOWrapper(binary, encoding="utf-8", newline="") as file:
            file.write("[")
            result = cursor.execute(_SQL, [selection.prediction_set])
            while rows := result.fetchmany(_BATCH):
                for row, number, key, name, class_, class_id, class_key, *more in rows:
                    place = selection.classes.number[class_] if class_ < len(selection.classes.number) else DROPPED
                    if place == DROPPED:
                        continue
                    first = selection.classes.first[place]
                    category = read_id(class_id, class_key) if first == class_ else own[first]
                    record = {"image_id": read_id(number, key)}
                    if distinct < total:
                        record["file_name"] = name
                    shape = _shape(store.coordinates, more)
                    if len(shape) == 1:  # its score alone
                        lost["image_labels"] += 1
                        continue
                    file.write((",\n" if count else "") + verbatim(record | {"category_id": category} | shape))
                    count += 1
                    images.add(row)
                writing.progress(count, None)
            file.write("]\n")
        cursor.unregister("chosen")
    return {"records": {"predictions": count}, "images": len(images), "annotations": count, "lost": dict(lost)}


def _shape(coordinates: GeometryReader, columns: list[Any]) -> dict[str, Any]:
    (score, x, y, w, h, rotation, *segmentation, keypoint_start, keypoint_count, chance_start,
     chance_count) = columns  # fmt: skip
    values = {
        "bbox": None if x is None else [x, y, w, h],
        "segmentation": StoredSegmentation(*segmentation).as_read(coordinates),
        "keypoints": coordinates.numbers(keypoint_start, keypoint_count).tolist() or None,
        "attributes": None if rotation is None else {"rotation": rotation},
        "probabilities": coordinates.numbers(chance_start, chance_count).tolist() or None,
        "score": score,
    }
    return {name: value for name, value in values.items() if value is not None}
