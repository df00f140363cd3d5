"""Three metrics of one's own: of an image, of an annotation, of a whole table.

assay metric add examples/custom_metrics/my_metrics.py -t quickstart
assay metric run green_excess edge_share share_of_largest -t quickstart
assay query -t quickstart --fields green_excess --sort -green_excess --limit 5
"""

import numpy as np

from assay import metric


@metric(scope="image", title="Green excess", suspicious="high")
def green_excess(image):
    """Mean green minus mean of red and blue."""
    return float(image[..., 1].mean() - image[..., [0, 2]].mean())


@metric(scope="annotation", title="Edge share", kind="fraction", suspicious="low")
def edge_share(crop, annotation, image):
    """Share of the object's pixels with a strong step to the right; thin labels on smooth ground have few."""
    steps = np.abs(np.diff(crop.astype(np.int16).mean(axis=2), axis=1))
    return float((steps > 24).mean())


@metric(scope="annotation", title="Area against the image's largest", kind="fraction", suspicious="low", table=True)
def share_of_largest(columns):
    """Area of the object as a share of the largest one in its image."""
    image, area = columns["image_id"], columns["object_area"]
    numbers = np.unique(image.astype(str), return_inverse=True)[1]
    largest = np.zeros(numbers.max(initial=-1) + 1)
    np.maximum.at(largest, numbers, np.nan_to_num(area))
    return np.divide(area, largest[numbers], out=np.full(len(area), np.nan), where=largest[numbers] > 0)
