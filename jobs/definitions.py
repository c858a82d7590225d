"""The code location: assets, checks, jobs, sensors and schedules of every known study and corpus."""

from collections.abc import Iterable

import dagster as dg

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.study.study import Study
from outcross.jobs.automation.alerts import alert_sensors
from outcross.jobs.automation.broken_files import broken_assets
from outcross.jobs.automation.location_parts import corpus_part, study_part
from outcross.jobs.files.home import home
from outcross.jobs.files.known_files import load_known
from outcross.jobs.files.settings_files import BrokenFile


def build_definitions(
    studies: Iterable[Study],
    corpora: Iterable[Corpus] = (),
    *,
    broken: Iterable[BrokenFile] = (),
    root: str | None = None,
) -> dg.Definitions:
    """Build the definitions of studies and corpora over one store, with alerts, and show files that are broken."""
    all_studies, all_corpora = list(studies), list(corpora)
    return dg.Definitions.merge(
        *(study_part(study, root=root) for study in all_studies),
        *(corpus_part(corpus, root=root) for corpus in all_corpora),
        dg.Definitions(
            assets=broken_assets(broken),
            sensors=alert_sensors([size for study in all_studies for size in study.sizes], all_corpora),
            executor=dg.in_process_executor,
        ),
    )


@dg.definitions
def defs() -> dg.Definitions:
    """Return the definitions that ``dagster dev`` loads and the UI shows."""
    known = load_known(home())
    return build_definitions(known.studies, known.corpora, broken=known.broken)
