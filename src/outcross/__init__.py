"""Outcross: how much synthetic data is too much? Measured for your data and generator, and held to by your datasets.

The public face. What is named here stays; every other module may move between versions::

    import outcross as oc

    run = oc.run("census.yaml")          # in this process, without Dagster; resumes where it stopped
    run.verdicts()                       # Polars frames
    oc.measure(synthetic, real)          # the metrics, without a study

Nothing is imported before its name is used (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from outcross._api.corpus import OpenCorpus as OpenCorpus
    from outcross._api.corpus import open_corpus as open_corpus
    from outcross._api.measure import measure as measure
    from outcross._api.run import run as run
    from outcross._api.safe_share import SafeShare as SafeShare
    from outcross._api.safe_share import safe_share as safe_share
    from outcross._api.study import load_study as load_study
    from outcross._api.study_run import StudyRun as StudyRun
    from outcross._api.study_run import open_study as open_study
    from outcross.assets.metrics.contract import Comparison as Comparison
    from outcross.assets.metrics.contract import Measurement as Measurement
    from outcross.assets.metrics.contract import Metric as Metric
    from outcross.assets.metrics.contract import RowMetric as RowMetric
    from outcross.assets.metrics.endpoint import Endpoint as Endpoint
    from outcross.assets.study.study import Study as Study
    from outcross.assets.study.tolerance import Tolerance as Tolerance
    from outcross.resources.errors import BadInput as BadInput
    from outcross.resources.errors import Damaged as Damaged
    from outcross.resources.errors import OutcrossError as OutcrossError
    from outcross.resources.generators.contract import Budget as Budget
    from outcross.resources.generators.contract import Cohort as Cohort
    from outcross.resources.generators.contract import CohortModel as CohortModel
    from outcross.resources.generators.contract import Generator as Generator
    from outcross.resources.schema import Column as Column
    from outcross.resources.schema import Role as Role
    from outcross.resources.schema import Schema as Schema
    from outcross.resources.sources.contract import RealData as RealData
    from outcross.resources.sources.contract import Source as Source

    __version__: str

_HOMES = {
    "OpenCorpus": "outcross._api.corpus",
    "open_corpus": "outcross._api.corpus",
    "measure": "outcross._api.measure",
    "run": "outcross._api.run",
    "SafeShare": "outcross._api.safe_share",
    "safe_share": "outcross._api.safe_share",
    "load_study": "outcross._api.study",
    "StudyRun": "outcross._api.study_run",
    "open_study": "outcross._api.study_run",
    "Comparison": "outcross.assets.metrics.contract",
    "Measurement": "outcross.assets.metrics.contract",
    "Metric": "outcross.assets.metrics.contract",
    "RowMetric": "outcross.assets.metrics.contract",
    "Endpoint": "outcross.assets.metrics.endpoint",
    "Study": "outcross.assets.study.study",
    "Tolerance": "outcross.assets.study.tolerance",
    "BadInput": "outcross.resources.errors",
    "Damaged": "outcross.resources.errors",
    "OutcrossError": "outcross.resources.errors",
    "Budget": "outcross.resources.generators.contract",
    "Cohort": "outcross.resources.generators.contract",
    "CohortModel": "outcross.resources.generators.contract",
    "Generator": "outcross.resources.generators.contract",
    "Column": "outcross.resources.schema",
    "Role": "outcross.resources.schema",
    "Schema": "outcross.resources.schema",
    "RealData": "outcross.resources.sources.contract",
    "Source": "outcross.resources.sources.contract",
}
"""Name → the module that has it."""

__all__ = [
    "BadInput",
    "Cohort",
    "CohortModel",
    "Damaged",
    "Generator",
    "Metric",
    "OutcrossError",
    "Source",
    "Study",
    "__version__",
    "load_study",
    "measure",
    "open_corpus",
    "open_study",
    "run",
    "safe_share",
    "testing",
]


def __getattr__(name: str) -> Any:
    """Import what is asked for, the first time it is."""
    if name in _HOMES:
        found = getattr(import_module(_HOMES[name]), name)
    elif name == "testing":
        found = import_module("outcross.testing")
    elif name == "__version__":
        from importlib.metadata import version

        found = version("outcross")
    else:
        raise AttributeError(f"module 'outcross' has no attribute '{name}'")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """The public names, imported or not."""
    return sorted({*globals(), *_HOMES, *__all__})
