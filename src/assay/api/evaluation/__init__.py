"""Evaluations through the API: one family of routes, whose answers tell the task that they are of."""
