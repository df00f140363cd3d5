"""COCO panoptic segmentation: a JSON file, and a PNG an image whose colours are the numbers of segments."""
