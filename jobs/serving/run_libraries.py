"""What every run of the UI imports: the process that forks runs imports this module first, and computes nothing."""

import gc

import outcross.jobs.definitions  # noqa: F401
from outcross.jobs.running.worker import import_libraries

import_libraries()
gc.freeze()  # no collection of a run looks through what was imported
