"""What the import doctor says of YOLO labels."""

from __future__ import annotations

MESSAGES = {
    "split_missing": "Splits whose folder or list is not there; nothing of them is taken in.",
    "not_an_image_in_list": "Lines of lists that do not end as image files do; they are not taken in.",
    "line_too_long": "Lines of more than 16 million bytes.",
    "image_without_label_file": "Images without a label file: no objects, as YOLO reads it.",
    "row_too_short": "Lines of fewer than five values.",
    "row_of_odd_length": "Lines whose number of values fits neither a box, a polygon nor the keypoints.",
    "row_not_a_number": "Lines with a value that is no finite number, or one beyond 2,147,483,648.",
    "class_not_a_number": "Lines whose class is no whole number from 0 on.",
    "class_without_name": "Classes without a name; they are called class_N by their numbers.",
    "image_size_unknown": "Lines of images that cannot be read: shares of an unknown size are no pixels.",
    "coordinates_beyond_image": "Lines with a value beyond 0..1; kept as they are.",
    "repeated_row": "Lines that say again what an earlier line of their file says; kept.",
    "corners_not_a_rectangle": "Oriented boxes whose corners are those of no rectangle: the smallest round them "
    "is taken, and the corners are kept as a field.",
    "no_class_names": "There is no list of class names; classes are called class_N by their numbers.",
}
