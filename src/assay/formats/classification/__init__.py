"""Image classification: labels by folder or by the rows of a table, and classifiers' results as CSV."""
