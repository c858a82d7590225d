"""Dagster definitions of studies: a worker executes them, and the code location includes them."""

from collections.abc import Iterable

import dagster as dg
from dagster import DagsterError

from outcross.assets.graph.recheck import recheck_job
from outcross.assets.graph.study import study_graph
from outcross.assets.same_source import as_recorded
from outcross.assets.study.study import Study
from outcross.jobs.running.guard_docs import docs_asset
from outcross.jobs.running.study_jobs import study_jobs
from outcross.resources.errors import BadInput
from outcross.resources.store import Store, default_root
from outcross.resources.store_resource import STORE, shared_store


def study_definitions(studies: Iterable[Study], *, root: str | None = None) -> dg.Definitions:
    """Define the assets, checks and jobs of studies over one store, without sensors and schedules.

    Args:
        studies: the studies.
        root: root of the store; by default that of :func:`outcross.resources.store.default_root`.
    """
    return dg.Definitions.merge(
        *(define_study(study, root=root) for study in studies),
        dg.Definitions(resources={STORE: shared_store(root or default_root())}, executor=dg.in_process_executor),
    )


def define_study(study: Study, *, root: str | None = None) -> dg.Definitions:
    """Define the assets, checks and jobs of one study, without the store that they need.

    Its settings are compared as those of its store, where that is a folder of this machine: files that were moved are
    the same source.
    """
    graph = study_graph(study := known_to_store(study, root=root))
    return dg.Definitions(
        assets=[*(part for part in graph if not isinstance(part, dg.AssetChecksDefinition)), docs_asset(study)],
        asset_checks=[part for part in graph if isinstance(part, dg.AssetChecksDefinition)],
        jobs=[*study_jobs(study), recheck_job(study)],
    )


def known_to_store(study: Study, *, root: str | None = None) -> Study:
    """Return the study known by the paths that its files had when its store read them, where they are the same.

    A store that is no folder of this machine is not asked, so that a code location loads without a network.
    """
    store = Store(root or default_root())
    return as_recorded(study, store) if store.is_local else study


def refuse_undefinable(study: Study, *, where: str) -> None:
    """Refuse a study whose assets Dagster does not take, before it is registered or run.

    Raises:
        BadInput: it does not; the message begins with ``where``.
    """
    try:
        for size in study.sizes:
            define_study(size)
    except DagsterError as error:
        reason = " ".join(str(error).split())[:500]
        raise BadInput(f"{where}: cannot be defined ({reason}); change what it names") from None
