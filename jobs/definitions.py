"""The code location: assets, checks, jobs, sensors and schedules of the studies and corpora that the UI shows."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

import dagster as dg

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.study.study import Study
from outcross.jobs.automation.alerts import alert_sensors
from outcross.jobs.automation.broken_files import broken_assets
from outcross.jobs.automation.location_parts import corpus_part, study_part
from outcross.jobs.files.home import home
from outcross.jobs.files.known_files import load_known
from outcross.jobs.files.settings_files import BrokenFile
from outcross.jobs.files.shown_files import shown
from outcross.resources.store import Store, default_root


def build_definitions(
    studies: Iterable[Study],
    corpora: Iterable[Corpus] = (),
    *,
    broken: Iterable[BrokenFile] = (),
    paths: Mapping[str, Path] | None = None,
    root: str | None = None,
) -> dg.Definitions:
    """Build the definitions of studies and corpora over one store, with alerts, and show files that are broken.

    Args:
        studies: the studies.
        corpora: the corpora.
        broken: files that describe none because of a fault.
        paths: ``study/NAME`` or ``corpus/NAME`` → its file: one that Dagster cannot define is then shown as broken and
            harms no other; without it, it is an error.
        root: root of the store.
    """
    parts, refused = list[dg.Definitions](), list[BrokenFile]()
    all_studies, all_corpora = list[Study](), list[Corpus]()
    for study in studies:
        if (part := _define(partial(study_part, study, root=root), f"study/{study.study}", paths, refused)) is not None:
            parts.append(part)
            all_studies.append(study)
    for corpus in corpora:
        if part := _define(partial(corpus_part, corpus, root=root), f"corpus/{corpus.corpus}", paths, refused):
            parts.append(part)
            all_corpora.append(corpus)
    return dg.Definitions.merge(
        *parts,
        dg.Definitions(
            assets=broken_assets([*broken, *refused]),
            sensors=alert_sensors([size for study in all_studies for size in study.sizes], all_corpora),
            executor=dg.in_process_executor,
        ),
    )


def _define(
    define: Callable[[], dg.Definitions], name: str, paths: Mapping[str, Path] | None, refused: list[BrokenFile]
) -> dg.Definitions | None:
    """Define one study or corpus; where Dagster does not take it, add its file to those refused, if it is known."""
    try:
        return define()
    except Exception as error:
        if paths is None or name not in paths:
            raise
        reason = " ".join(str(error).split())[:500]
        message = f"{paths[name]}: cannot be defined ({type(error).__name__}: {reason}); change what it names"
        refused.append(BrokenFile(path=paths[name], message=message))
        return None


@dg.definitions
def defs() -> dg.Definitions:
    """Return the definitions that ``dagster dev`` loads and the UI shows."""
    known = shown(load_known(home()), Store(default_root()))
    return build_definitions(known.studies, known.corpora, broken=known.broken, paths=known.paths)
