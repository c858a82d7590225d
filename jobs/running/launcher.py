"""The launcher of ``dagster.yaml``: Dagster's own, which also knows runs of the command line and killed processes."""

import dagster as dg

from outcross.jobs.running.interrupted_runs import is_interrupted, is_of_worker
from outcross.resources.dagster_internals import RunHealth, run_health


class LocalRunLauncher(dg.DefaultRunLauncher):
    """Launches runs in processes of this host.

    Dagster's launcher can terminate only what it launched, and takes every started run for alive. This one passes the
    wish to terminate a run on to the command line that executes it, and lets Dagster's run monitoring report a run
    whose process was killed.
    """

    def terminate(self, run_id: str) -> bool:
        """Ask for the end of a run; return whether somebody will see to it."""
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished or not is_of_worker(run):
            return bool(super().terminate(run_id))
        self._instance.report_run_canceling(run)
        return True

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Run monitoring may ask for the health of a run."""
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> RunHealth:
        """Return whether the process that executes a run has ended; a run of another host is taken for alive."""
        return run_health(ended=is_interrupted(run))
