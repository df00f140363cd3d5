"""The metric engine: plans what is missing, cuts it into batches, runs them, commits what comes back.

``*_work`` modules are what runs in worker processes: they know neither the database nor jobs. The others run in the
process that holds the project. Formulas lie in :mod:`assay.metrics`; nothing here computes one.
"""
