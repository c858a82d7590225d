"""The code location: every known study's assets, checks and jobs."""

from collections.abc import Iterable

import dagster as dg

from assets.generations import study_graph
from assets.study import Study
from jobs.instance import home
from jobs.study_files import load_all
from jobs.study_jobs import study_jobs
from resources.store_resource import StoreResource, default_root


def definitions_of(studies: Iterable[Study], *, root: str | None = None) -> dg.Definitions:
    """Return the definitions of these studies over one store."""
    assets: list[dg.AssetsDefinition] = []
    checks: list[dg.AssetChecksDefinition] = []
    jobs = []
    for study in studies:
        for part in study_graph(study):
            if isinstance(part, dg.AssetChecksDefinition):
                checks.append(part)
            else:
                assets.append(part)
        jobs.extend(study_jobs(study))
    return dg.Definitions(
        assets=assets,
        asset_checks=checks,
        jobs=jobs,
        resources={"store": StoreResource(root=root or default_root())},
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """Return what ``dagster dev`` and the UI show."""
    return definitions_of(load_all(home()))
