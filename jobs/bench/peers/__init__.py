"""The peers' programs, which run in the peers' environment, where Outcross is not installed.

They may import one another and :mod:`outcross.jobs.bench.task`, which needs only the standard library.
"""
