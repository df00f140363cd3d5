"""Metrics of images and objects: pure functions, arrays in, arrays out, the outlier rules."""
