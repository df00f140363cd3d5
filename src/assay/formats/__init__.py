"""File formats: readers that turn files into columns and writers that turn them back, one folder a format."""
