"""Make some images of a sandbox: render, label, let the detectors look, write the pictures. Runs in any process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import orjson

from assay.sandbox.catalog import CATEGORY_IDS
from assay.sandbox.classify import describe_classification
from assay.sandbox.detectors import DETECTORS, View, classify, detect, observe
from assay.sandbox.labelling import LabelledScene, is_annotated, label_scene, label_single
from assay.sandbox.plan import ImagePlan, plan_image
from assay.sandbox.render import generators, render_scene
from assay.sandbox.single import render_single
from assay.sandbox.spec import SandboxSpec
from assay.sandbox.tracks import TrackErrors, draw_track_errors, track_name
from assay.sandbox.truth import Scene
from assay.sandbox.video import render_frame

_LABELLING, _TRACKS, _DETECTION = 20, 21, 30


@dataclass(frozen=True)
class MadeImage:
    """One image as it goes into the files.

    Attributes:
        record: Its COCO record.
        labels: Its annotations without ids.
        errors: Known errors, as :meth:`assay.sandbox.dataset.DatasetWriter.add` takes them.
        predictions: What each detector says, ready to be written.
    """

    record: dict[str, Any]
    labels: list[dict[str, Any]]
    errors: list[dict[str, Any]]
    predictions: list[bytes]


def file_name(spec: SandboxSpec, index: int) -> str:
    """Return the file of an image: ``000001.jpg``, of a frame ``001/000001.jpg``."""
    if spec.kind == "video":
        sequence, frame = divmod(index, spec.sequence_frames)
        return f"{sequence + 1:03d}/{frame + 1:06d}.jpg"
    return f"{index + 1:06d}.jpg"


def make_images(spec: SandboxSpec, images_dir: Path, indices: list[int]) -> list[MadeImage]:
    """Make images and write their pictures.

    Args:
        indices: Which; of a video all frames of one sequence.
    """
    pictures = _make_sequence(spec, indices) if spec.kind == "video" else _make_stills(spec, indices)
    images = []
    for picture, image in pictures:
        path = images_dir / image.record["file_name"]
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(picture)
        images.append(image)
    return images


def _make_stills(spec: SandboxSpec, indices: list[int]) -> Iterator[tuple[bytes, MadeImage]]:
    for index in indices:
        plan = plan_image(spec, index)
        render = render_single if spec.kind == "single" else render_scene
        scene = render(spec, plan.scene, retake=plan.retake)
        # a copy byte for byte has the original's labels, errors included; a retake is labelled afresh
        (rng,) = generators(spec.seed, plan.scene if plan.exact else index, 1, purpose=_LABELLING)
        labelled = (label_single if spec.kind == "single" else label_scene)(spec, scene, rng)
        yield _finish(spec, index, scene, labelled, {"split": plan.split}, _copy_errors(spec, plan))


def _make_sequence(spec: SandboxSpec, indices: list[int]) -> Iterator[tuple[bytes, MadeImage]]:
    sequence = indices[0] // spec.sequence_frames
    scenes = [render_frame(spec, sequence, index % spec.sequence_frames) for index in indices]
    frames_of: dict[int, list[int]] = {}
    names: dict[int, str] = {}
    for frame, scene in enumerate(scenes):
        for one in scene.objects:
            if is_annotated(spec, one) and one.track is not None:
                frames_of.setdefault(one.track, []).append(frame)
                names[one.track] = one.name
    (rng,) = generators(spec.seed, sequence, 1, purpose=_TRACKS)
    wrong = {track: draw_track_errors(spec, rng, names[track], frames_of[track]) for track in sorted(frames_of)}
    split = "val" if rng.random() < spec.validation_share else "train"
    for frame, (index, scene) in enumerate(zip(indices, scenes, strict=True)):
        (labelling,) = generators(spec.seed, index, 1, purpose=_LABELLING)
        labelled = _with_tracks(label_scene(spec, scene, labelling), sequence, frame, wrong)
        yield _finish(spec, index, scene, labelled, {"split": split}, [])


def _with_tracks(labelled: LabelledScene, sequence: int, frame: int, wrong: dict[int, TrackErrors]) -> LabelledScene:
    """Name the tracks of a frame's labels, and plant the errors of tracks."""
    labels, errors = [], list(labelled.errors)
    for label in labelled.labels:
        track = label.record.get("track_id")
        if track is None or label.copy_of is not None:
            label.record.pop("track_id", None)  # a spurious label or a copy belongs to no track
            labels.append(label)
            continue
        track_errors = wrong[track]
        if frame in track_errors.gaps and not label.errors:
            true = {key: label.record[key] for key in ("category_id", "bbox")}
            errors.append({"type": "missing_annotation", **true})
            continue
        if frame in track_errors.flips and not label.errors:
            label.errors.append({"type": "wrong_class", "category_id": label.record["category_id"]})
            label.record["category_id"] = CATEGORY_IDS[track_errors.wrong_class]
        if frame == track_errors.breaks_at:
            label.errors.append(
                {"type": "broken_track", "related_track": track_name(sequence, track, frame - 1, track_errors)}
            )
        label.record["track_id"] = track_name(sequence, track, frame, track_errors)
        labels.append(label)
    for label in labels:
        if label.copy_of is not None:
            label.record["category_id"] = label.copy_of.record["category_id"]
    label_ids = {id(label) for label in labels}
    return LabelledScene([one for one in labels if one.copy_of is None or id(one.copy_of) in label_ids], errors)


def _finish(
    spec: SandboxSpec,
    index: int,
    scene: Scene,
    labelled: LabelledScene,
    further: dict[str, Any],
    errors: list[dict[str, Any]],
) -> tuple[bytes, MadeImage]:
    height, width = scene.picture.shape[:2]
    record = {
        "id": index + 1,
        "file_name": file_name(spec, index),
        "width": width,
        "height": height,
        "license": 1,
        **further,
        **scene.metadata,
    }
    places = {id(label): place for place, label in enumerate(labelled.labels)}
    for place, label in enumerate(labelled.labels):
        related = None if label.copy_of is None else places[id(label.copy_of)]
        errors += [{**error, "label": place, "related": related} for error in label.errors]
    errors += labelled.errors
    view = observe(scene)
    predictions = [_predict(spec, number, index, scene, view, record) for number in range(len(DETECTORS))]
    return _encode(scene), MadeImage(record, [label.record for label in labelled.labels], errors, predictions)


def _copy_errors(spec: SandboxSpec, plan: ImagePlan) -> list[dict[str, Any]]:
    """Return the known errors of an image that is a copy."""
    if plan.original is None:
        return []
    related = {"related_image": plan.original + 1}
    kind = "exact_duplicate_image" if plan.exact else "near_duplicate_image"
    leaks = plan.split != plan_image(spec, plan.original).split
    return [{"type": kind, **related}] + ([{"type": "split_leakage", **related}] if leaks else [])


def _predict(spec: SandboxSpec, number: int, index: int, scene: Scene, view: View, record: dict[str, Any]) -> bytes:
    (rng,) = generators(spec.seed, index, 1, purpose=_DETECTION + number)
    if spec.kind == "single":
        return describe_classification(record, classify(DETECTORS[number], scene, rng, spec.classes))
    results = detect(DETECTORS[number], scene, rng, view)
    numbered = [{"image_id": index + 1, **result} for result in results]
    return orjson.dumps(numbered, option=orjson.OPT_SERIALIZE_NUMPY)


def _encode(scene: Scene) -> bytes:
    bgr = cv2.cvtColor(scene.picture, cv2.COLOR_RGB2BGR)
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, scene.jpeg_quality])
    return np.asarray(data).tobytes()
