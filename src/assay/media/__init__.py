"""Pixels: headers, decoding, orientation, thumbnails, the large view, finding files.

No database, no knowledge of projects or labels: numpy, OpenCV and the standard library only.
"""
