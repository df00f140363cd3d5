"""VGG Image Annotator (VIA): its projects, and its exports as JSON and CSV."""
