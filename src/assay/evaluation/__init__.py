"""Model evaluation: pure functions on arrays, exact where pycocotools defines the number.

What lives here: input types, pairs, matching, accumulation, and all that is computed from outcomes: curves, reasons,
confusion, calibration, intervals, importance, performance, weak slices, classification, comparison, acquisition.
What does not: the database, files, HTTP, and the names of metrics. numba is imported here and nowhere else.
"""
