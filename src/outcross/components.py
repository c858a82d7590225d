"""Outcross in a team's own Dagster project.

In a ``defs.yaml``::

    type: outcross.components.StudyComponent
    attributes:
      study: census
      source: {kind: files, path: adult.parquet}

Or in Python, next to other definitions::

    dg.Definitions.merge(theirs, study_part(oc.load_study("census.yaml")))

Neither brings an executor, and the store is the resource ``outcross_store``, so that nothing collides. Alerts are left
out: add :class:`AlertsComponent`, or :func:`alert_sensors`.
"""

from outcross.jobs.automation.alerts import alert_sensors
from outcross.jobs.automation.location_parts import corpus_part, study_part
from outcross.jobs.components.components import AlertsComponent, CorpusComponent, StudyComponent

__all__ = ["AlertsComponent", "CorpusComponent", "StudyComponent", "alert_sensors", "corpus_part", "study_part"]
