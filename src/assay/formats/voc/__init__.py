"""Pascal VOC: an XML file an image, splits as lists of names, masks as PNG files of numbers."""
