"""Compute SDMetrics' quality report of one table."""

from typing import Any

from sdmetrics.reports import QualityReport

from outcross.jobs.bench.peers.pandas_tables import TABLE, metadata, read
from outcross.jobs.bench.task import Clock, Job, run


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Time the default report; then compute one that counts every pair, as Outcross and earlier releases do."""
    real, synthetic = {TABLE: read(job["real"])}, {TABLE: read(job["synthetic"])}
    with clock():
        report = QualityReport()
        report.generate(real, synthetic, metadata(job), verbose=False)
    every_pair = QualityReport()
    every_pair.real_correlation_threshold = every_pair.real_association_threshold = 0
    every_pair.generate(real, synthetic, metadata(job), verbose=False)
    by_default, shared = scores(report), scores(every_pair)
    return {
        "column_shapes": shared["Column Shapes"],
        "pair_trends": shared["Column Pair Trends"],
        "pair_trends_by_default": by_default["Column Pair Trends"],
        "score": report.get_score(),
    }


def scores(report: QualityReport) -> dict[str, float]:
    """Return property → score."""
    properties = report.get_properties()
    return dict(zip(properties["Property"], properties["Score"].astype(float), strict=True))


if __name__ == "__main__":
    run(work)
