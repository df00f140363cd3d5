"""``assay project doctor``: what is checked of a project, one small function in a module of its own for each check.

A check is given a :class:`~assay.project.checkup.subject.Subject` and yields findings; it never writes. A finding may
carry how to heal it, where that is safe. :mod:`~assay.project.checkup.registry` lists the checks in their order:
a new one is a new module and a line there.
"""
