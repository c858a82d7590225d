"""Rerun a study whose source has grown, so that the bound of a corpus fits the current data.

A study identifies its source by its settings, not by its bytes: a file that grows under the same name changes no
fingerprint, and ``outcross study`` keeps the anchor it has; in the UI the anchor is stale once the source has been
observed. This job reads the source again. The anchor and the holdout
then have new digests, so everything made from the old ones is stale. The engine makes every generation, the verdict
and the report again: the same jobs on the same instance, in worker processes of its own. A row stays on its side of the
split, because its content decides the side. If a rerun is interrupted, the next run resumes it.

The source is that of the study. Rows that a corpus admits count only once this source contains them.
"""

import time
from dataclasses import dataclass

import dagster as dg

from outcross.assets.anchor.make import load_study_rows
from outcross.assets.artefacts import ANCHOR, HOLDOUT, Artefacts
from outcross.assets.corpus.corpus import Corpus
from outcross.assets.graph.failures import clear_failures
from outcross.assets.graph.keys import asset_key, source_key
from outcross.assets.graph.observed import last_observed
from outcross.assets.graph.source import SOURCE_VERSION
from outcross.assets.study.study import Study
from outcross.assets.verdict.make import verdict_is_current
from outcross.jobs.automation.alerts import CORPUS_TAG
from outcross.jobs.automation.corpus_keys import identifier
from outcross.jobs.files.home import home
from outcross.jobs.files.study_files import STUDIES
from outcross.jobs.running.engine import StudyFile, run_study
from outcross.jobs.running.run_tags import RETRIES
from outcross.resources.sources.file_source import FileSource
from outcross.resources.store import MissingArtefact, Store
from outcross.resources.store_resource import StoreResource

_RECENT = 2 * 24 * 3600.0
"""Seconds for which an observation of a source counts: it is observed every night."""


@dataclass(frozen=True, kw_only=True)
class Growth:
    """The rows of a study's source, when the study read it and now.

    Attributes:
        rows_then: rows of the anchor and the holdout together.
        rows_now: rows of the source.
        finished: whether the verdict and the report belong to this anchor and holdout.
    """

    rows_then: int
    rows_now: int
    finished: bool

    @property
    def is_due(self) -> bool:
        """Whether the study should be run again."""
        return self.rows_now > self.rows_then or not self.finished


def measure_growth(study: Study, store: Store) -> Growth | None:
    """Measure how a study's source has grown; return None if the study has not been started.

    The whole source is read, and its canonical rows are counted, as the split counts them.

    Raises:
        BadInput: the source cannot be read.
    """
    artefacts = Artefacts(study, store)
    try:
        parts = [store.read(artefacts.address(thing), columns=["row"]) for thing in (ANCHOR, HOLDOUT)]
    except MissingArtefact:
        return None
    return Growth(
        rows_then=sum(part.height for part in parts),
        rows_now=load_study_rows(study).rows.height,
        finished=verdict_is_current(artefacts),
    )


def may_have_changed(instance: dg.DagsterInstance, study: Study) -> bool:
    """Whether the source of a study that has been run may differ from what its anchor was read from.

    It may unless an observation of the last two days says otherwise. Sources that come with packages do not change.
    """
    if not isinstance(study.source, FileSource):
        return False
    made = instance.get_latest_materialization_event(asset_key(study, ANCHOR))
    read = made.asset_materialization.metadata.get(SOURCE_VERSION) if made and made.asset_materialization else None
    observed = last_observed(instance, source_key(study))
    if read is None or observed is None or observed.at < time.time() - _RECENT:
        return True
    return bool(read.value != observed.version)


def load_bound_study(corpus: Corpus) -> Study:
    """Load the study that a corpus's bound names.

    Raises:
        BadInput: no such study is known.
    """
    assert corpus.bound.study is not None
    return STUDIES.load(STUDIES.find_as_run(corpus.bound.study, home()))


def restudy_job(corpus: Corpus) -> dg.JobDefinition:
    """Define the job that reruns the study named by a corpus's bound, on its source as it is now."""
    name = identifier(corpus)

    @dg.op(
        name=f"{name}_study_again", description="Read the study's source again, and make everything that depends on it."
    )
    def rerun_study(context: dg.OpExecutionContext, outcross_store: StoreResource) -> None:
        from outcross.resources.warehouse import write_warehouse

        assert corpus.bound.study is not None
        with clear_failures():
            file = StudyFile(path=STUDIES.find_as_run(corpus.bound.study, home()).resolve(), root=outcross_store.root)
            grown = measure_growth(file.load(), outcross_store.open())
            reread = grown is None or grown.rows_now > grown.rows_then
            runs = run_study(file, reread_source=reread)
            write_warehouse(outcross_store.open())
            context.add_output_metadata(_describe_growth(corpus, grown, outcross_store.open()) | {"runs": len(runs)})

    @dg.job(
        name=f"{name}_restudy",
        description=f"Refresh the bound of '{corpus.corpus}': rerun '{corpus.bound.study}' on its current source.",
        tags={CORPUS_TAG: corpus.corpus, **RETRIES},
    )
    def restudy() -> None:
        rerun_study()

    return restudy


def _describe_growth(corpus: Corpus, grown: Growth | None, store: Store) -> dict[str, int | float | str]:
    from outcross.assets.corpus.share_bound import read_bound

    rows = {} if grown is None else {"rows_before": grown.rows_then, "rows_now": grown.rows_now}
    bound = read_bound(corpus, store)
    return {**rows, "bound": bound.share, "bound_from": bound.source}
