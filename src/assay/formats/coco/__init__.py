"""The COCO format: a chunked, lenient, lossless reader, the import doctor and the writer."""
