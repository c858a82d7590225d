"""What every run of the UI imports: the process that forks runs imports this module first, and computes nothing."""

import gc
from importlib import import_module

from outcross.jobs.running.worker import import_libraries
from outcross.jobs.serving.child import LOCATION

import_module(LOCATION)
import_libraries()
gc.freeze()  # no collection of a run looks through what was imported
