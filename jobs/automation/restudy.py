"""A study run again because its source has grown, so that the bound of a corpus is that of the data as they are now.

A study knows its source by its settings and not by its bytes: a file that has grown under the same name changes no
fingerprint, and ``outcross study`` keeps the anchor it has. Here the source is read again. Its anchor and
holdout then have other digests, so nothing that was made of the earlier ones is current any more, and the engine makes
every generation, the verdict and the report anew: the same jobs on the same instance, in worker processes of its own.
A row keeps its side of the split, since that is decided by its content. Stopped half-way, the next run resumes.

The source is the study's own. Rows that a corpus has admitted count once that source holds them.
"""

from dataclasses import dataclass

import dagster as dg

from outcross.assets.artefacts import ANCHOR, HOLDOUT, Artefacts
from outcross.assets.corpus.corpus import Corpus
from outcross.assets.study.study import Study
from outcross.assets.verdict.make import verdict_is_current
from outcross.jobs.automation.alerts import CORPUS_TAG
from outcross.jobs.automation.corpus_definitions import RETRIES, identifier
from outcross.jobs.files.home import home
from outcross.jobs.files.study_files import STUDIES
from outcross.jobs.running.engine import StudyFailed, StudyFile, run_study
from outcross.resources.errors import BadInput
from outcross.resources.store import MissingArtefact, Store
from outcross.resources.store_resource import StoreResource


@dataclass(frozen=True, kw_only=True)
class Growth:
    """A study's source as it is, and as it was read.

    Attributes:
        rows_then: of the anchor and the holdout together.
        rows_now: of the source.
        finished: whether the verdict and the report are of what was read.
    """

    rows_then: int
    rows_now: int
    finished: bool

    @property
    def wanted(self) -> bool:
        """Whether the study is to be run again."""
        return self.rows_now > self.rows_then or not self.finished


def growth(study: Study, store: Store) -> Growth | None:
    """Read a study's source and say how it has grown; None where the study has not been started.

    The whole source is read: canonical rows are counted, as the split would have them.

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
        rows_now=study.source.load().rows.height,
        finished=verdict_is_current(artefacts),
    )


def study_of(corpus: Corpus) -> Study:
    """The study that a corpus's bound names.

    Raises:
        BadInput: it is not known.
    """
    assert corpus.bound.study is not None
    return STUDIES.load(STUDIES.find(corpus.bound.study, home()))


def restudy_job(corpus: Corpus) -> dg.JobDefinition:
    """The job that runs again the study which a corpus's bound names, where its source has grown."""
    name = identifier(corpus)

    @dg.op(name=f"{name}_study_again", description="Read the study's source again, and make all that follows from it.")
    def study_again(context: dg.OpExecutionContext, store: StoreResource) -> None:
        from outcross.resources.warehouse import write_warehouse

        assert corpus.bound.study is not None
        try:
            file = StudyFile(path=STUDIES.find(corpus.bound.study, home()).resolve(), root=store.root)
            grown = growth(file.load(), store.open())
            again = grown is None or grown.rows_now > grown.rows_then
            runs = run_study(file, again=again)
            write_warehouse(store.open())
            context.add_output_metadata(_describe_growth(corpus, grown, store.open()) | {"runs": len(runs)})
        except (BadInput, StudyFailed) as error:
            raise dg.Failure(str(error), allow_retries=False) from error

    @dg.job(
        name=f"{name}_restudy",
        description=f"Refresh the bound of '{corpus.corpus}': run the study '{corpus.bound.study}' on its source anew.",
        tags={CORPUS_TAG: corpus.corpus, **RETRIES},
    )
    def again() -> None:
        study_again()

    return again


def _describe_growth(corpus: Corpus, grown: Growth | None, store: Store) -> dict[str, int | float | str]:
    from outcross.assets.corpus.share_bound import read_bound

    rows = {} if grown is None else {"rows_before": grown.rows_then, "rows_now": grown.rows_now}
    bound = read_bound(corpus, store)
    return {**rows, "bound": bound.share, "bound_from": bound.source}
