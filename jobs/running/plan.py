"""Plan the missing runs of a study: those whose artefact, event or check is missing or stale."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import dagster as dg

from outcross.assets.anchor.make import given_is_current
from outcross.assets.artefacts import ANCHOR, HOLDOUT, REPORT, VERDICT, Artefacts, Slot
from outcross.assets.checks import Standing, has_checks, outcome_standing
from outcross.assets.graph.curves import count_points
from outcross.assets.graph.gate import check_standings
from outcross.assets.graph.keys import asset_key, check_keys, given_things
from outcross.assets.pool.make import pool_is_current
from outcross.assets.steps import Step, steps_of
from outcross.assets.study.lineage import SHARED
from outcross.assets.verdict.make import verdict_is_current
from outcross.jobs.running.study_jobs import conclusion_keys, job_names, lineage_keys, start_keys


@dataclass(frozen=True, kw_only=True)
class Run:
    """One Dagster run to launch: a job, its partition, the assets to make, and a label for people.

    Attributes:
        points: number of points of the study's curves that it reports, each a materialisation as well.
        reason: why the rung was added that it makes; empty for every other run.
    """

    job: str
    partition: str | None
    keys: list[dg.AssetKey]
    label: str
    points: int = 0
    reason: str = ""


class Plan:
    """The progress of a study, as the store and the instance report it when the plan is built."""

    def __init__(self, artefacts: Artefacts, instance: dg.DagsterInstance) -> None:
        self.artefacts = artefacts
        self.study = artefacts.study
        self._materialised: dict[dg.AssetKey, set[str | None]] = {}
        self._instance = instance
        steps = steps_of(self.study)
        keys = [k for g in range(self.study.generations) for step in steps for k in check_keys(self.study, step, g)]
        self._standings = check_standings(instance, keys)

    def start(self, *, reread_source: bool = False) -> Run | None:
        """Return the run that reads the source and makes generation 0; None if both exist and need no rereading."""
        things = (ANCHOR, HOLDOUT, *given_things(self.study))
        source = all(self._is_made(thing, None, SHARED) for thing in things) and self._are_given_current()
        keys = start_keys(self.study)
        if not reread_source and source and self._is_continued(0, SHARED):
            keys = self._measuring_keys(0, SHARED)
        if not keys:
            return None
        points = count_points(self.study, keys)
        return Run(job=job_names(self.study).start, partition=None, keys=keys, label="generation 0", points=points)

    def _are_given_current(self) -> bool:
        """Whether the pool and the named test sets were read from their files as they are now."""
        return given_is_current(self.artefacts) and pool_is_current(self.artefacts)

    def lineage(self, name: str) -> Run | None:
        """Return the run that makes what a lineage lacks; None if it lacks nothing.

        Generations are made from the first that others cannot be made from. In those before it, only what measures is
        made, where that is missing: a learner and an evaluation, which no later generation reads.
        """
        every = range(1, self.study.generations)
        first = next((each for each in every if not self._is_continued(each, name)), self.study.generations)
        keys = [key for generation in range(1, first) for key in self._measuring_keys(generation, name)]
        keys += lineage_keys(self.study, since=first)
        if not keys:
            return None
        points = count_points(self.study, keys)
        return Run(job=job_names(self.study).lineages, partition=name, keys=keys, label=name, points=points)

    def additions(self, reasons: Mapping[str, str]) -> list[Run]:
        """Return the runs that make what is unfinished of rungs that are added; ``reasons`` has each one's lineage."""
        runs = [(self.lineage(name), reason) for name, reason in reasons.items()]
        return [replace(run, reason=reason) for run, reason in runs if run is not None]

    def conclusion(self) -> Run | None:
        """Return the run that makes the verdict and the report; None if both are current."""
        things = (VERDICT, REPORT)
        if all(self._is_made(thing, None, SHARED) for thing in things) and verdict_is_current(self.artefacts):
            return None
        keys = conclusion_keys(self.study)
        return Run(job=job_names(self.study).conclusion, partition=None, keys=keys, label="verdict")

    def _is_continued(self, generation: int, lineage: str) -> bool:
        """Whether what the next generation is made from is finished."""
        return all(self._is_finished(step, generation, lineage) for step in steps_of(self.study) if step.blocking)

    def _measuring_keys(self, generation: int, lineage: str) -> list[dg.AssetKey]:
        """Return the keys of what measures a generation, from the first step that is not finished."""
        steps = [step for step in steps_of(self.study) if not step.blocking]
        unfinished = [index for index, step in enumerate(steps) if not self._is_finished(step, generation, lineage)]
        chosen = steps[unfinished[0] :] if unfinished else []
        return [asset_key(self.study, step.thing, generation) for step in chosen]

    def _is_finished(self, step: Step, generation: int, lineage: str) -> bool:
        return self._is_made(step.thing, generation, lineage) and self._is_checked(step, generation, lineage)

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
