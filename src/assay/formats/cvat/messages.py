"""What the import doctor says of CVAT's XML."""

from __future__ import annotations

MESSAGES = {
    "cvat_shape": "Elements of images that are no shapes.",
    "cvat_without_label": "Shapes without a label.",
    "cvat_number": "Shapes with a coordinate, angle or frame that is no number.",
    "cvat_points": "Shapes whose points cannot be read, or are too few.",
    "cvat_mask": "Masks whose runs do not fit their box, or that lie beyond their image.",
    "cvat_image_without_name": "Images without a name, and their shapes.",
    "cvat_label_not_listed": "Shapes of labels that the file does not list; they are classes all the same.",
    "cvat_point_not_listed": "Points of skeletons that the file does not list; they follow those that it does.",
    "cvat_cuboid": "Cuboids; what is drawn is their outline, and the corners are kept as a field.",
}
