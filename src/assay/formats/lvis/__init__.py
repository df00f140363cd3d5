"""LVIS: COCO's JSON with the classes that were looked for in each image, and images named by URL."""
