"""Our side: a program for each row, run as ``python -m outcross.jobs.bench.ours.NAME JOB``."""
