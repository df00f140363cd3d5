"""Evaluation of a project's prediction sets: what is loaded, what a filter leaves, and what the pages are told.

The numbers themselves come from :mod:`assay.evaluation`, which knows neither projects nor queries.
"""
