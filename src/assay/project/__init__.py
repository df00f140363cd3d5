"""A project on disk: its schema and migrations, items, geometry, metric columns, tags, history and lock.

Knows DuckDB and the folder layout; knows no file formats, no metric formulas and no HTTP.
"""
