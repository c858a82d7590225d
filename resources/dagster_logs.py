"""The private names of Dagster's capture of output, which :mod:`outcross.jobs.running.compute_logs` builds on."""

from dagster._core.execution.compute_logs import redirect_to_file as _redirect_to_file
from dagster._core.storage.compute_log_manager import CapturedLogContext as _CapturedLogContext
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager
from dagster._serdes import ConfigurableClassData

LocalLogs = LocalComputeLogManager
"""Captured output in files; our subclass replaces ``capture_logs``."""
LogConfig = ConfigurableClassData
"""The settings of captured output in ``dagster.yaml``, as Dagster passes them."""
CapturedLogs = _CapturedLogContext
"""What ``capture_logs`` yields."""
redirect_to_file = _redirect_to_file
"""``redirect_to_file(stream, path)``: within it, what a stream's file descriptor is given is appended to a file."""
COMPLETE = "complete"
"""Ending of the empty file that tells the UI that no more output will come."""
