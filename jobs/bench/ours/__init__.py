"""Our side: a program for each row, run as ``python -m jobs.bench.ours.NAME JOB``."""
