"""What the import doctor says of Pascal VOC."""

from __future__ import annotations

MESSAGES = {
    "voc_not_xml": "XML files that cannot be read.",
    "voc_other_xml": "XML files that are no annotations of Pascal VOC.",
    "voc_no_box": "Objects without a box.",
    "voc_box_not_a_number": "Objects of whose box a side is no finite number.",
    "voc_box_turned": "Boxes whose right or lower side lies before the other.",
    "voc_no_name": "Objects without a class.",
    "voc_from_zero": "There are coordinates of 0, which Pascal VOC does not have: boxes were taken as counted from 0, "
    "with their right and lower sides outside of them.",
    "voc_other_filename": "Annotations whose filename is another image's than that of their own name, which counts.",
    "voc_repeated_image": "Annotations of an image that another file is about, too.",
    "voc_mask_unreadable": "Masks of objects that cannot be read.",
    "voc_mask_without_object": "Numbers in a mask of objects that the XML file does not have.",
    "voc_mask_elsewhere": "Masks that lie elsewhere than their object's box; kept.",
}
