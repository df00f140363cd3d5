"""What the import doctor says of tables."""

from __future__ import annotations

from assay.formats.classification.messages import MESSAGES as OF_LABELS

MESSAGES = OF_LABELS | {
    "csv_not_a_number": "Rows with a cell that is no number where one is expected.",
    "csv_box_turned": "Rows whose box has its right or lower side before the other.",
    "csv_outline": "Rows whose segmentation or keypoints are not as COCO has them.",
    "csv_size_unknown": "Rows of images that cannot be read: shares of an unknown size are no pixels.",
    "csv_without_class": "Rows with a box and no class; they are called object.",
    "label_file_encoding": "Label files that are not UTF-8; read as Windows-1252, or as the mark at their start says.",
}
