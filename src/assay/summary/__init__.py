"""What a result looks like as a whole: outliers, distributions, densities, label statistics.

Every number comes with the query that yields it. Items one by one are the business of :mod:`assay.query`.
"""
