"""The settings of a study that affect what is made of a lineage: its fingerprint is their hash."""

from typing import TYPE_CHECKING, Any

from outcross.assets.study.lineage import SHARED
from outcross.assets.study.named_paths import put_known
from outcross.assets.study.recorded_keys import recorded

if TYPE_CHECKING:
    from outcross.assets.study.study import Study

_ALWAYS = {"study", "seed", "source", "holdout", "generator", "replicates", "rows", "real_rows", "metrics"}


def affecting(study: "Study", lineage: str, *, judged: bool) -> dict[str, Any]:
    """Return every setting that affects a lineage's artefacts, as JSON.

    The number of generations, the other arms and the endpoints are left out, so that a study can be extended.

    Args:
        study: the study.
        lineage: name of one of its lineages, or of the one that all arms share.
        judged: whether the learner has a part in the artefacts.
    """
    settings = recorded(study, include=_ALWAYS)
    generator = study.generator_of(lineage)
    settings |= {key: value for key, value in (("entity", study.entity), ("time", study.time)) if value is not None}
    if study.real_before is not None:
        settings["real_before"] = recorded(study.real_before)
    if study.tests:
        settings["tests"] = recorded(study, include={"tests"})["tests"]
    settings["generator"] = recorded(generator, exclude=set(generator.without_effect))
    put_known(study, lineage, settings, study.known_paths)
    settings["generator_version"] = generator.release
    if lineage == SHARED:
        settings["synthetic_rows"] = study.synthetic_rows(SHARED, 1_000)
    else:
        made = study.lineages[lineage]
        settings["arm"] = recorded(study.all_arms[made.arm], exclude={"generator"})
        settings["lineage"] = lineage
    if judged and (learner := study.learner_of(lineage)) is not None:
        settings["learner"] = recorded(learner, exclude=set(learner.without_effect))
        settings["learner_version"] = learner.release
    return settings
