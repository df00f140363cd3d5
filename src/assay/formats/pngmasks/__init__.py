"""Masks as PNG files: a picture an image, whose values or colours are classes, or objects."""
