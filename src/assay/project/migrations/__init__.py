"""Numbered SQL files; each one takes a project from the version before to its own, in one transaction."""
