"""What goes into the API and comes out. Stored shapes are others; these are promises to clients.

Items are named by ``row`` (internal, dense, stable) and carry ``id``, the source file's own id with its type.
Coordinates are pixels of the image's declared size.
"""
