"""Our programs, one or more per row, run as ``python -m outcross.jobs.bench.ours.NAME JOB``."""
