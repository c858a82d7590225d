"""The sensor of a study: it requests what the conditions of the study's assets ask for.

A study normally runs whole: ``outcross study``, or a backfill of the lineages' job. The sensor is for studies that
follow their source by themselves, and is off by default. While it is on, each lineage advances by itself: one run makes
everything that a lineage lacks, and the verdict follows once every lineage is complete. Nothing is requested twice. A
run that failed is not started again until something that it reads is made again. A lineage whose blocking check failed
requests nothing. Why an asset was not requested is on its page in the UI, under *Automation*.
"""

import dagster as dg

from outcross.assets.study.study import Study
from outcross.jobs.running.guard_docs import docs_key
from outcross.jobs.running.run_tags import STUDY_TAG
from outcross.jobs.running.study_jobs import conclusion_keys, job_names, lineage_keys

SECONDS = 30


def condition_sensor(study: Study) -> dg.AutomationConditionSensorDefinition:
    """Define the sensor that evaluates the conditions of one study's assets and checks, and requests their runs."""
    return dg.AutomationConditionSensorDefinition(
        job_names(study).sensor,
        target=dg.AssetSelection.assets(*lineage_keys(study), *conclusion_keys(study), docs_key(study)),
        description=f"Make what the lineages of '{study.study}' lack once what it is made from has passed its checks, "
        "then the verdict. Off by default: a study normally runs whole.",
        minimum_interval_seconds=SECONDS,
        default_status=dg.DefaultSensorStatus.STOPPED,
        run_tags={STUDY_TAG: study.study},
        emit_backfills=False,  # a run per lineage starts at once, and knows its lineage
    )
