"""Detections: pairs, matching, accumulation, and what is computed from outcomes of objects."""
