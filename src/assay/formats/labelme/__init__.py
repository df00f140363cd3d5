"""LabelMe's JSON: a file an image, with shapes in pixels and perhaps the picture itself."""
