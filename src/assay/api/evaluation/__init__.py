"""Evaluations through the door: one family of routes, whose answers tell the task that they are of."""
