"""What all writers of formats share: what of a project is written, under which classes, and to where."""
