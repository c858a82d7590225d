"""The code location: assets, checks, jobs, sensors and schedules of every known study and corpus."""

from collections.abc import Iterable

import dagster as dg

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.study.study import Study
from outcross.jobs.automation.alerts import alert_sensors
from outcross.jobs.automation.corpus_definitions import audit_job, corpus_assets, ingest_job
from outcross.jobs.automation.corpus_sensors import inbox_sensor
from outcross.jobs.automation.generation_sensor import generation_sensor
from outcross.jobs.automation.observation import observe_studies
from outcross.jobs.automation.restudy import restudy_job
from outcross.jobs.automation.schedules import nightly_audit, weekly_restudy
from outcross.jobs.files.corpus_files import CORPORA
from outcross.jobs.files.home import home
from outcross.jobs.files.study_files import load_all
from outcross.jobs.running.study_definitions import study_definitions
from outcross.jobs.running.study_jobs import job_names


def build_definitions(
    studies: Iterable[Study], corpora: Iterable[Corpus] = (), *, root: str | None = None
) -> dg.Definitions:
    """Build the definitions of studies and corpora over one store."""
    all_studies, all_corpora = list(studies), list(corpora)
    definitions = study_definitions(all_studies, root=root)
    jobs = {job.name: job for job in definitions.jobs or ()}
    return dg.Definitions.merge(
        definitions,
        observe_studies(all_studies),
        *(_define_corpus(corpus) for corpus in all_corpora),
        dg.Definitions(
            sensors=[
                *(generation_sensor(study, jobs[job_names(study).lineages]) for study in all_studies),
                *alert_sensors(all_corpora),
            ]
        ),
    )


def _define_corpus(corpus: Corpus) -> dg.Definitions:
    ingest, audit = ingest_job(corpus), audit_job(corpus)
    restudy = restudy_job(corpus) if corpus.bound.study else None
    return dg.Definitions(
        assets=corpus_assets(corpus),
        jobs=[ingest, audit, *([restudy] if restudy else [])],
        sensors=[inbox_sensor(corpus, ingest)] if corpus.inbox else [],
        schedules=[nightly_audit(corpus, audit), *([weekly_restudy(corpus, restudy)] if restudy else [])],
    )


@dg.definitions
def defs() -> dg.Definitions:
    """Return the definitions that ``dagster dev`` loads and the UI shows."""
    return build_definitions(load_all(home()), CORPORA.load_all(home()))
