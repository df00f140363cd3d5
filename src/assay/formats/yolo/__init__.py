"""YOLO's text labels: a file an image, a line an object, in shares of the image's size."""
