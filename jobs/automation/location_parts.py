"""What one study or one corpus adds to a code location, be it ours or that of a team.

It brings its assets, checks, jobs, sensor and schedules, and the store under a key of its own. Executors are set on the
jobs, and alerts are left out, so that the definitions merge with any others.
"""

import dagster as dg

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.study.study import Study
from outcross.jobs.automation.anchor_definitions import accept_change_job, anchor_assets, renew_anchor_job
from outcross.jobs.automation.condition_sensor import condition_sensor
from outcross.jobs.automation.corpus_definitions import audit_job, bound_sensor, corpus_assets, ingest_job
from outcross.jobs.automation.corpus_sensors import inbox_sensor
from outcross.jobs.automation.digest import weekly_digest
from outcross.jobs.automation.observation import observation
from outcross.jobs.automation.protected_asset import protected_asset, recheck_job
from outcross.jobs.automation.refinement_sensor import refinement_sensor
from outcross.jobs.automation.restudy import restudy_job
from outcross.jobs.automation.schedules import nightly_audit, weekly_restudy
from outcross.jobs.automation.statement_asset import statement_asset, statement_job
from outcross.jobs.running.study_definitions import define_study, known_to_store
from outcross.resources.store import default_root
from outcross.resources.store_resource import STORE, shared_store


def study_part(study: Study, *, root: str | None = None) -> dg.Definitions:
    """Define a study: its assets, checks and jobs, what observes its inputs, and its automation, off by default.

    Each smaller size of a ladder of rows is defined as a study of its own.

    Args:
        study: the study.
        root: root of the store; by default that of :func:`outcross.resources.store.default_root`.
    """
    sizes = [known_to_store(size, root=root) for size in study.sizes]
    return dg.Definitions.merge(
        *(part for size in sizes for part in (define_study(size, root=root), observation(size))),
        dg.Definitions(
            sensors=[
                *(condition_sensor(size) for size in sizes),
                *(refinement_sensor(size) for size in sizes if size.most_added),
            ],
            resources={STORE: shared_store(root or default_root())},
        ),
    )


def corpus_part(corpus: Corpus, *, root: str | None = None, restudied: bool = True) -> dg.Definitions:
    """Define a corpus: its batches, its audit, their jobs, and what starts these by itself.

    Args:
        corpus: the corpus.
        root: root of the store; by default that of :func:`outcross.resources.store.default_root`.
        restudied: whether the study of its bound, if any, is run again from its file when its source has grown.
    """
    ingest, audit = ingest_job(corpus), audit_job(corpus)
    restudy = restudy_job(corpus) if restudied and corpus.bound.study else None
    return dg.Definitions(
        assets=[
            *corpus_assets(corpus),
            *anchor_assets(corpus),
            statement_asset(corpus),
            *([protected_asset(corpus)] if corpus.protected else []),
        ],
        jobs=[
            ingest,
            audit,
            renew_anchor_job(corpus),
            accept_change_job(corpus),
            statement_job(corpus),
            *([recheck_job(corpus)] if corpus.protected else []),
            *([restudy] if restudy else []),
        ],
        sensors=[
            *([inbox_sensor(corpus, ingest)] if corpus.inbox else []),
            *([bound_sensor(corpus)] if corpus.bound.study else []),
        ],
        schedules=[
            nightly_audit(corpus, audit),
            weekly_digest(corpus, audit),
            *([weekly_restudy(corpus, restudy)] if restudy else []),
        ],
        resources={STORE: shared_store(root or default_root())},
    )
