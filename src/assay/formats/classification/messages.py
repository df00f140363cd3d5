"""What the import doctor says of labels by folder and by table."""

from __future__ import annotations

MESSAGES = {
    "row_without_path": "Rows that name no image.",
    "row_too_long": "Rows longer than the header; a cell with a comma in it needs double quotes around it.",
    "wrapping_folder": "A folder round all others; the folders in it were taken for classes or splits. To have it as "
    "the one class: --no-splits.",
    "folder_beside_splits": "Images in folders beside those of splits, without classes in them; taken in without a "
    "label. If every folder is a class: --no-splits.",
    "split_folder": "Folders beside train, val or test that hold the same classes; taken for splits.",
    "class_like_split": "Folders named like splits, taken for classes. If they are splits: --splits.",
    "image_without_label": "Images without a label.",
    "repeated_path": "Rows that name an image again; it is taken in once, with all of its labels.",
}
