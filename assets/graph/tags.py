"""Tags of a study's assets, by which the catalogue finds them: ``tag:"outcross/generation"="3"``."""

import re

from outcross.assets.study.study import Study

STUDY_TAG = "outcross/study"
GENERATION_TAG = "outcross/generation"
THING_TAG = "outcross/thing"
GENERATOR_TAG = "outcross/generator"
_NOT_ALLOWED = re.compile(r"[^A-Za-z0-9_.-]")
_LONGEST = 63
"""Characters that Dagster allows in the value of a tag."""


def asset_tags(study: Study, thing: str, generation: int | None = None) -> dict[str, str]:
    """Return the tags of an asset of a study, or of one of its generations."""
    tags = {STUDY_TAG: study.study, THING_TAG: thing, GENERATOR_TAG: study.generator.kind}
    if generation is not None:
        tags[GENERATION_TAG] = str(generation)
    return {key: _NOT_ALLOWED.sub("-", value)[:_LONGEST] for key, value in tags.items()}


def observed_tags(study: Study, thing: str, *, kind: str) -> dict[str, str]:
    """Return the tags of an asset that is observed; Dagster reads its kind from a tag."""
    return {**asset_tags(study, thing), f"dagster/kind/{kind}": ""}
