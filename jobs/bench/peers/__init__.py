"""The peers' side: programs that run in the peers' environment, where nothing of Outcross is installed.

They may import :mod:`outcross.jobs.bench.task`, which needs the standard library alone, and one another.
"""
