"""Remove what a study has stored: its parts, its options in the home, and its history in the UI."""

from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from outcross.assets.study.study import Study
from outcross.jobs.running.interrupted_runs import is_interrupted
from outcross.jobs.running.run_tags import STUDY_TAG
from outcross.resources.errors import BadInput
from outcross.resources.store import Store
from outcross.resources.warehouse import FILE, write_warehouse


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What a study has in the store.

    Attributes:
        folders: one for each size of a ladder of rows.
        files: in them.
        size: bytes.
    """

    folders: tuple[str, ...]
    files: int
    size: int


def stored_of(study: Study, store: Store) -> Stored:
    """Return what a study has in the store; nothing where it has never run."""
    folders = [f"{store.path}/{size.study}" for size in study.sizes]
    there = tuple(folder for folder in folders if store.filesystem.exists(folder))
    found = {path: size for folder in there for path, size in store.filesystem.du(folder, total=False).items()}
    return Stored(folders=there, files=len(found), size=sum(found.values()))


def delete_study(study: Study, stored: Stored, store: Store, instance: dg.DagsterInstance, extending: Path) -> None:
    """Remove what a study has stored. The study file and the rows that it reads stay; so do the runs in the UI.

    A call that is interrupted has removed some parts; the next one removes the others, and a study that is run in
    between makes them again.

    Args:
        study: its settings.
        stored: what there is.
        store: the store.
        instance: the instance, whose assets of the study are wiped.
        extending: the file in the home that records the options it was last run with.

    Raises:
        BadInput: a run of the study is in progress.
    """
    active = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.CANCELING]
    for size in study.sizes:
        runs = instance.get_runs(dg.RunsFilter(statuses=active, tags={STUDY_TAG: size.study}))
        if any(not is_interrupted(run) for run in runs):
            raise BadInput(f"study '{study.study}' is running; stop it first, with Ctrl-C or in the UI")
    for folder in stored.folders:
        store.filesystem.rm(folder, recursive=True)
    extending.unlink(missing_ok=True)
    names = {size.study for size in study.sizes}
    if keys := [key for key in instance.all_asset_keys() if key.path[0] in names]:
        instance.wipe_assets(keys)
    if store.is_local:  # views of rows that are gone would break queries of the others
        (Path(store.path) / FILE).unlink(missing_ok=True)
        write_warehouse(store)
