"""Which items, in which order: the only place that composes filters and sort orders into SQL."""
