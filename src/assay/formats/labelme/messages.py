"""What the import doctor says of LabelMe's files."""

from __future__ import annotations

MESSAGES = {
    "labelme_not_json": "Files that are no JSON.",
    "labelme_other_json": "JSON files without shapes: they are not LabelMe's.",
    "labelme_same_image": "Files about an image that an earlier file is about; their shapes go together.",
    "labelme_size_differs": "Images of another size than their label file declares; the picture's counts.",
    "labelme_without_label": "Shapes without a label.",
    "labelme_points": "Shapes whose points are no pairs of numbers, or too few.",
    "labelme_shape_type": "Shapes of a kind that is not known.",
    "labelme_mask": "Masks that cannot be unpacked, or lie beyond their picture.",
    "labelme_mask_without_size": "Masks of images whose size is not known.",
    "labelme_not_a_shape": "Entries among the shapes that are no objects.",
    "labelme_no_type": "Shapes without a type; they are polygons, as LabelMe reads them.",
    "label_file_encoding": "Label files that are not UTF-8; read as Windows-1252, or as the mark at their start says.",
    "image_without_labels": "Images beside the labels that no label file is about; they are not taken in.",
}
