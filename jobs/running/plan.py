"""Plan the missing runs of a study: those whose artefact, event or check is missing or stale."""

from dataclasses import dataclass

import dagster as dg

from outcross.assets.anchor.make import tests_are_current
from outcross.assets.artefacts import ANCHOR, HOLDOUT, REPORT, VERDICT, Artefacts, Slot
from outcross.assets.checks import Standing, has_checks, outcome_standing
from outcross.assets.graph.curves import count_points
from outcross.assets.graph.gate import check_standings
from outcross.assets.graph.keys import asset_key, check_keys, given_things
from outcross.assets.pool.make import pool_is_current
from outcross.assets.steps import STEPS, Step
from outcross.assets.study.lineage import SHARED
from outcross.assets.verdict.make import verdict_is_current
from outcross.jobs.running.study_jobs import conclusion_keys, job_names, lineage_keys, start_keys


@dataclass(frozen=True, kw_only=True)
class Run:
    """One Dagster run to launch: a job, its partition, the assets to make, and a label for people.

    Attributes:
        points: number of points of the study's curves that it reports, each a materialisation as well.
    """

    job: str
    partition: str | None
    keys: list[dg.AssetKey]
    label: str
    points: int = 0


class Plan:
    """The progress of a study, as the store and the instance report it when the plan is built."""

    def __init__(self, artefacts: Artefacts, instance: dg.DagsterInstance) -> None:
        self.artefacts = artefacts
        self.study = artefacts.study
        self._materialised: dict[dg.AssetKey, set[str | None]] = {}
        self._instance = instance
        keys = [k for g in range(self.study.generations) for step in STEPS for k in check_keys(self.study, step, g)]
        self._standings = check_standings(instance, keys)

    def start(self, *, reread_source: bool = False) -> Run | None:
        """Return the run that reads the source and makes generation 0; None if both exist and need no rereading."""
        things = (ANCHOR, HOLDOUT, *given_things(self.study))
        source = all(self._is_made(thing, None, SHARED) for thing in things) and self._are_given_current()
        if not reread_source and source and self._is_generation_finished(0, SHARED):
            return None
        keys = start_keys(self.study)
        points = count_points(self.study, keys)
        return Run(job=job_names(self.study).start, partition=None, keys=keys, label="generation 0", points=points)

    def _are_given_current(self) -> bool:
        """Whether the pool and the named test sets were read from their files as they are now."""
        return tests_are_current(self.artefacts) and pool_is_current(self.artefacts)

    def lineage(self, name: str) -> Run | None:
        """Return the run that makes a lineage's generations from the first unfinished one; None if all are finished."""
        for generation in range(1, self.study.generations):
            if not self._is_generation_finished(generation, name):
                keys = lineage_keys(self.study, since=generation)
                points = count_points(self.study, keys)
                return Run(job=job_names(self.study).lineages, partition=name, keys=keys, label=name, points=points)
        return None

    def conclusion(self) -> Run | None:
        """Return the run that makes the verdict and the report; None if both are current."""
        things = (VERDICT, REPORT)
        if all(self._is_made(thing, None, SHARED) for thing in things) and verdict_is_current(self.artefacts):
            return None
        keys = conclusion_keys(self.study)
        return Run(job=job_names(self.study).conclusion, partition=None, keys=keys, label="verdict")

    def _is_generation_finished(self, generation: int, lineage: str) -> bool:
        return all(
            self._is_made(step.thing, generation, lineage) and self._is_checked(step, generation, lineage)
            for step in STEPS
        )

    def _is_made(self, thing: str, generation: int | None, lineage: str) -> bool:
        key = asset_key(self.study, thing, generation)
        if key not in self._materialised:
            if generation:
                self._materialised[key] = set(self._instance.get_materialized_partitions(key))
            else:
                event = self._instance.get_latest_materialization_event(key)
                self._materialised[key] = set() if event is None else {None}
        partition = lineage if generation else None
        address = self.artefacts.address(thing, generation, lineage if generation is not None else None)
        return partition in self._materialised[key] and self.artefacts.is_current(address)

    def _is_checked(self, step: Step, generation: int, lineage: str) -> bool:
        if not has_checks(step.thing, generation):
            return True
        checked = {Standing.PASSED} if step.blocking else {Standing.PASSED, Standing.FAILED}
        partition = lineage if generation else None
        keys = check_keys(self.study, step, generation)
        return all(self._standings.get((key, partition)) in checked for key in keys) and (
            outcome_standing(Slot(self.artefacts, generation, lineage), step.thing) in checked
        )
