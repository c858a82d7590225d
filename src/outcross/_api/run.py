"""Run a study in this process, without Dagster."""

import os

from outcross._api.progress import generation_progress
from outcross._api.study import StudyLike, load_study
from outcross._api.study_run import DEFAULT_ROOT, StudyRun
from outcross.assets.artefacts import Artefacts
from outcross.assets.verdict.make import make_verdict, verdict_is_current
from outcross.assets.verdict.make_report import make_report
from outcross.jobs.running.plain_loop import refine_plainly, run_plainly
from outcross.resources.store import Store
from outcross.resources.warehouse import write_warehouse


def run(
    study: StudyLike,
    *,
    root: str | os.PathLike[str] = DEFAULT_ROOT,
    generations: int | None = None,
    replicates: int | None = None,
    progress: bool = True,
) -> StudyRun:
    """Run a study to its verdict and report, and return what it made.

    Where a ladder says ``refine``, rungs are then added one after the other, each where it decides.

    Everything is kept in the store, in the layout that ``outcross study`` writes too, and with the same bytes. What is
    made and fits the settings is skipped: a run that was killed resumes where it was, a second one returns at once.
    Lineages are made one after the other; ``outcross study`` makes them side by side and shows them in Dagster's UI.

    Args:
        study: as :func:`outcross.load_study` takes it: a path, a name, settings or a study.
        root: of the store: a path or URL.
        generations: models per lineage, the first included, in place of the study's.
        replicates: seeds per arm, in place of the study's.
        progress: whether to show a bar on standard error.

    Raises:
        BadInput: the settings or the data cannot be used.
        CheckFailed: a blocking check failed, and nothing was built on what it refused. The message names the check, its
            values and the remedy; the other lineages are made first.
        BudgetMismatch: arms of a ladder spent unequal budgets, and the study does not say why they may.
    """
    loaded = load_study(study, generations=generations, replicates=replicates)
    store = Store(root)
    for size in loaded.sizes:
        _run_size(Artefacts(size, store), progress=progress)
    return StudyRun(loaded, store)


def _run_size(artefacts: Artefacts, *, progress: bool) -> None:
    study = artefacts.study
    with generation_progress(study, quiet=not progress) as shown:
        watch, tell = (shown.watch, shown.tell) if shown else (None, None)
        run_plainly(artefacts, study.required_lineages, checks=True, resume=True, gate=True, watch=watch)
        refine_plainly(artefacts, watch=watch, tell=tell)
    if not verdict_is_current(artefacts):
        make_verdict(artefacts)
        make_report(artefacts)
        write_warehouse(artefacts.store)
