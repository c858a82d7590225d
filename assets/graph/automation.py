"""When Dagster's declarative automation requests an asset or a check of a study: the gate's rule, as conditions.

An asset is requested if one of the assets that it is made from is new, none of them is missing or being made, and the
blocking checks on what it reads have passed on it as it is now. The UI shows for each evaluation which part did not
hold. A condition reads the assets that come right before and the whole generation before; the gate in the step itself
reads every earlier generation, and has the last word.
"""

from collections.abc import Iterable
from typing import TypeAlias

import dagster as dg

from outcross.assets.artefacts import DATASET
from outcross.assets.graph.keys import asset_key, settings_key
from outcross.assets.steps import STEPS, Step
from outcross.assets.study.study import Study

AssetCondition: TypeAlias = dg.AutomationCondition[dg.AssetKey]
AnyCondition: TypeAlias = dg.AutomationCondition[dg.AssetKey | dg.AssetCheckKey]


def step_condition(study: Study, generation: int, step: Step) -> AssetCondition | AnyCondition | None:
    """Return the condition of a generation's asset; None in generation 0, which a person starts with the source."""
    if not generation:
        return None
    passed = dg.AutomationCondition.all_deps_blocking_checks_passed()
    if step.thing != DATASET:
        return _when_due() & passed
    due = _when_due()
    if not study.most_added:
        # Nobody makes the settings: a lineage that was never made has none that are recorded.
        made = dg.AutomationCondition.any_deps_missing().ignore(dg.AssetSelection.assets(settings_key(study)))
        due = due.replace("any_deps_missing", made)
    # Where ladders add rungs, a sensor records the settings of the lineages that are wanted; the others wait for them.
    return due & passed & _unblocked(study, [generation - 1], label="generation_before_passed")


def conclusion_condition(study: Study) -> AssetCondition:
    """Return the condition of the verdict: every lineage has every generation, and no blocking check is open."""
    updated = dg.AutomationCondition.any_deps_updated() & ~dg.AutomationCondition.newly_updated()
    outdated = dg.AutomationCondition.any_deps_match(updated).with_label("a_lineage_is_outdated")
    passed = _unblocked(study, range(study.generations), label="every_blocking_check_passed")
    return _when_due() & ~outdated & passed


def report_condition() -> AnyCondition:
    """Return the condition of the report: it follows the verdict."""
    return _when_due()


def check_condition() -> AnyCondition:
    """Return the condition of a check: it runs with its asset, never alone, as Dagster runs none alone by partition."""
    requested = dg.AutomationCondition.any_deps_match(dg.AutomationCondition.will_be_requested())
    return requested.with_label("with_its_asset")


def _when_due() -> AnyCondition:
    """Return Dagster's ``eager``, but also for what is missing when the sensor is first turned on."""
    handled = dg.AutomationCondition.newly_requested() | dg.AutomationCondition.newly_updated()
    return dg.AutomationCondition.eager().replace("handled", handled.with_label("requested_or_updated"))


def _unblocked(study: Study, generations: Iterable[int], *, label: str) -> AssetCondition:
    """Return a condition that is false where a blocking check of these generations has not passed.

    It asks whether any check has not passed: "all have passed" would hold for the verdict, which has no partitions, as
    soon as they have for one lineage.
    """
    not_passed = ~(dg.AutomationCondition.check_passed() | dg.AutomationCondition.will_be_requested())
    blocked: list[AssetCondition] = [
        dg.AutomationCondition.asset_matches(
            asset_key(study, step.thing, generation),
            dg.AutomationCondition.any_checks_match(not_passed, blocking_only=True),
        )
        for generation in generations
        for step in STEPS
        if step.blocking
    ]
    return (~_any(blocked)).with_label(label)


def _any(conditions: list[AssetCondition]) -> AssetCondition:
    first, *others = conditions
    for other in others:
        first = first | other
    return first
