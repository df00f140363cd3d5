"""Classifications: images with one label, and the class predicted for each."""
