"""What the import doctor says of COCO files."""

from __future__ import annotations

MESSAGES = {
    "not_an_object": "Records that are no JSON objects.",
    "missing_image_id": "Annotations without a usable image_id.",
    "missing_category_id": "Annotations without a usable category_id.",
    "unknown_image": "Annotations of an image that the file does not list.",
    "unknown_category": "Annotations of a category that the file does not list.",
    "bbox_malformed": "Annotations whose bbox is not four numbers.",
    "bbox_not_finite": "Annotations whose bbox holds NaN or infinity.",
    "segmentation_malformed": "Annotations whose segmentation is neither polygons nor RLE.",
    "segmentation_not_finite": "Annotations whose segmentation holds NaN or infinity.",
    "image_without_file_name": "Images without a file_name and an id.",
    "category_without_name": "Categories without a name and an id.",
    "faulty_bbox": "Boxes that cannot be used; the annotations are kept with their segmentation or keypoints.",
    "faulty_segmentation": "Segmentations that cannot be used; the annotations are kept with their box or keypoints.",
    "part_of_segmentation": "Segmentations of which a part cannot be used; the rest is.",
    "nested_polygon": "Polygons as lists of points; read as rings.",
    "odd_numbers": "Coordinates as text, true or false, or beyond 2^53; read as numbers.",
    "bbox_negative_size": "Boxes with a negative width or height; kept, they overlap nothing.",
    "duplicate_annotation_id": "Annotation ids that occur more than once; all are kept.",
    "duplicate_category_id": "Category ids that occur more than once; annotations go to the first.",
    "duplicate_category_name": "Category names that occur more than once, under other supercategories; they stay "
    "separate classes.",
    "repeated_category": "Categories that repeat an earlier one of the same name; each name is one class here, "
    "while pycocotools keeps different ids apart. Kept.",
    "ids_matched_as_text": 'References that equal an id only as text ("1" and 1); matched, and kept as written. '
    "pycocotools would not match them.",
    "numeric_file_name": "Images whose file_name is a number; read as text.",
    "file_name_from_url": "Images without a file_name; they are called by the path of their URL.",
    "unnamed_image": "Images without a file_name; their annotations can still be worked with.",
    "numeric_category_name": "Categories whose name is a number or truth value; read as text.",
    "unnamed_category": "Categories without a name; they are called by their ids.",
    "duplicate_file_name": "Files that several images name.",
    "missing_id": "Records without an id.",
    "odd_image_size": "Images whose width or height is no positive whole number; the file's size is used.",
    "box_outside": "Boxes more than 1 px beyond the image.",
    "normalised_coordinates": "Boxes that lie within 0..1: coordinates seem to be shares of the image's size, "
    "not pixels.",
    "off_by_one_categories": "Category ids seem to be off by one.",
    "flat_polygon": "Polygons without their outer list; read as one ring.",
    "odd_area": "Areas that are no finite number; kept, not used.",
    "odd_iscrowd": 'Values of iscrowd other than 0 and 1. Numbers but 0, "1" and "true" are read as crowds, all else '
    "as single objects; pycocotools ignores annotations with any text there. Kept.",
    "annotation_id_zero": "An annotation has the id 0. Here it counts like any other; pycocotools takes a prediction "
    "that matches it for unmatched, so that its AP is lower. Number annotations from 1 to have both agree.",
    "odd_keypoints": "Keypoints that are not finite x, y, v triples; kept, not drawn.",
    "non_finite_attribute": "Free fields that hold NaN or infinity; kept.",
    "missing_section": "Sections that the file lacks.",
    "section_malformed": "Sections that are no array; kept, nothing is read from them.",
}
