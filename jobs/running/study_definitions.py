"""The definitions of studies: what a worker executes, and what the code location is built on."""

from collections.abc import Iterable

import dagster as dg

from outcross.assets.generations import study_graph
from outcross.assets.study.study import Study
from outcross.jobs.running.study_jobs import study_jobs
from outcross.resources.store_resource import StoreResource, default_root


def study_definitions(studies: Iterable[Study], *, root: str | None = None) -> dg.Definitions:
    """Return the assets, checks and jobs of these studies over one store, and nothing that starts them by itself.

    Args:
        studies: whose graphs are wanted.
        root: of the store; :func:`outcross.resources.store_resource.default_root` where it is not given.
    """
    return dg.Definitions.merge(
        *(_of_study(study) for study in studies),
        dg.Definitions(
            resources={"store": StoreResource(root=root or default_root())}, executor=dg.in_process_executor
        ),
    )


def _of_study(study: Study) -> dg.Definitions:
    graph = study_graph(study)
    return dg.Definitions(
        assets=[part for part in graph if not isinstance(part, dg.AssetChecksDefinition)],
        asset_checks=[part for part in graph if isinstance(part, dg.AssetChecksDefinition)],
        jobs=study_jobs(study),
    )
