"""KITTI's labels of objects: a text file an image, a line an object, with its place in the world."""
