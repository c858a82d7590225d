"""The code location: every known study's and corpus's assets, checks and jobs, and what starts them."""

from collections.abc import Iterable

import dagster as dg

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.study.study import Study
from outcross.jobs.automation.alerts import alert_sensors
from outcross.jobs.automation.corpus_definitions import audit_job, corpus_assets, ingest_job
from outcross.jobs.automation.corpus_sensors import inbox_sensor
from outcross.jobs.automation.generation_sensor import generation_sensor
from outcross.jobs.automation.restudy import restudy_job
from outcross.jobs.automation.schedules import nightly_audit, weekly_restudy
from outcross.jobs.files.corpus_files import CORPORA
from outcross.jobs.files.home import home
from outcross.jobs.files.study_files import load_all
from outcross.jobs.running.study_definitions import study_definitions
from outcross.jobs.running.study_jobs import job_names


def definitions_of(
    studies: Iterable[Study], corpora: Iterable[Corpus] = (), *, root: str | None = None
) -> dg.Definitions:
    """Return the definitions of these studies and corpora over one store."""
    known, measured = list(corpora), list(studies)
    of_studies = study_definitions(measured, root=root)
    jobs = {job.name: job for job in of_studies.jobs or ()}
    return dg.Definitions.merge(
        of_studies,
        *(_of_corpus(corpus) for corpus in known),
        dg.Definitions(
            sensors=[
                *(generation_sensor(study, jobs[job_names(study).lineages]) for study in measured),
                *alert_sensors(known),
            ]
        ),
    )


def _of_corpus(corpus: Corpus) -> dg.Definitions:
    ingest, audit = ingest_job(corpus), audit_job(corpus)
    again = restudy_job(corpus) if corpus.bound.study else None
    return dg.Definitions(
        assets=corpus_assets(corpus),
        jobs=[ingest, audit, *([again] if again else [])],
        sensors=[inbox_sensor(corpus, ingest)] if corpus.inbox else [],
        schedules=[nightly_audit(corpus, audit), *([weekly_restudy(corpus, again)] if again else [])],
    )


@dg.definitions
def defs() -> dg.Definitions:
    """Return what ``dagster dev`` and the UI show."""
    return definitions_of(load_all(home()), CORPORA.load_all(home()))
