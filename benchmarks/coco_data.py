"""Ground truth of any size in COCO 2017's own layout: key order, two decimals, no blanks, RLE for crowds."""

from __future__ import annotations

from pathlib import Path

import numpy as np

IMAGES = 118_000
ANNOTATIONS_PER_IMAGE = 860_000 / 118_000
_CATEGORIES = [i for i in range(1, 91) if i not in {12, 26, 29, 30, 45, 66, 68, 69, 71, 83}]
_BATCH = 2_000


def generate(path: Path, images: int) -> None:
    """Write a ground-truth file of so many images and about 7.3 annotations for each."""
    random = np.random.default_rng(2017)
    ids = np.sort(random.choice(600_000, images, replace=False) + 1)
    sizes = np.where(random.random((images, 1)) < 0.7, [[640, 480]], [[427, 640]])
    with path.open("w", encoding="utf-8") as file:
        file.write('{"info": {"description": "COCO 2017 Dataset","version": "1.0","year": 2017},')
        file.write('"licenses": [{"url": "http://creativecommons.org/licenses/by/2.0/","id": 4,"name": "CC BY"}],')
        file.write('"images": [')
        for index, (image, (width, height)) in enumerate(zip(ids.tolist(), sizes.tolist(), strict=True)):
            file.write("," if index else "")
            file.write(
                f'{{"license": {1 + index % 8},"file_name": "{image:012d}.jpg",'
                f'"coco_url": "http://images.cocodataset.org/train2017/{image:012d}.jpg",'
                f'"height": {height},"width": {width},"date_captured": "2013-11-{1 + index % 28:02d} 11:18:45",'
                f'"flickr_url": "http://farm9.staticflickr.com/8186/{8119368000 + image}_{image:010x}_z.jpg",'
                f'"id": {image}}}'
            )
        file.write('],"annotations": [')
        count = round(images * ANNOTATIONS_PER_IMAGE)
        for start in range(0, count, _BATCH):
            file.write("," if start else "")
            size = min(_BATCH, count - start)
            chosen = random.integers(0, images, size)
            records = [
                _annotation(random, start + i + 1, int(ids[c]), *map(int, sizes[c])) for i, c in enumerate(chosen)
            ]
            file.write(",".join(records))
        file.write('],"categories": [')
        file.write(",".join(f'{{"supercategory": "thing","id": {i},"name": "class {i}"}}' for i in _CATEGORIES))
        file.write("]}")


def _annotation(random: np.random.Generator, number: int, image: int, width: int, height: int) -> str:
    w, h = random.uniform(8, width / 2), random.uniform(8, height / 2)
    x, y = random.uniform(0, width - w), random.uniform(0, height - h)
    crowd = random.random() < 0.012
    if crowd:
        counts = random.integers(1, 2 * width * height // 600, 600)
        counts = counts[: int(np.searchsorted(np.cumsum(counts), width * height))]
        counts = [*counts.tolist(), width * height - int(counts.sum())]
        segmentation = f'{{"counts": [{",".join(map(str, counts))}],"size": [{height},{width}]}}'
    else:
        rings = [_ring(random, x, y, w, h) for _ in range(1 if random.random() < 0.9 else 2)]
        segmentation = f"[{','.join(rings)}]"
    return (
        f'{{"segmentation": {segmentation},"area": {round(w * h * 0.7, 5)},"iscrowd": {int(crowd)},'
        f'"image_id": {image},"bbox": [{x:.2f},{y:.2f},{w:.2f},{h:.2f}],'
        f'"category_id": {_CATEGORIES[number % 80]},"id": {number}}}'
    )


def _ring(random: np.random.Generator, x: float, y: float, w: float, h: float) -> str:
    points = int(random.integers(8, 39))
    angle = np.sort(random.uniform(0, 2 * np.pi, points))
    radius = random.uniform(0.3, 0.5, points)
    ring = np.stack((x + w / 2 + w * radius * np.cos(angle), y + h / 2 + h * radius * np.sin(angle)), axis=1)
    return "[" + ",".join(map("{:.2f}".format, ring.ravel().tolist())) + "]"
