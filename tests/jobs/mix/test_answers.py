"""What a mix says below its answers."""

from pathlib import Path
from typing import Any

import pytest

from outcross.assets.artefacts import Artefacts
from outcross.assets.study.study import Study
from outcross.jobs.mix.answers import closing_lines
from outcross.resources.store import Store

AUGMENT = {"policy": "augment", "ratios": [0, 1, 3]}
REPLACED = {"policy": "fixed", "shares": [0, 0.25]}


@pytest.mark.parametrize(
    ("ladders", "commands"),
    [
        ({"added": AUGMENT}, ["outcross take bought --share 0.5 --to mix"]),
        (
            {"added": AUGMENT, "replaced": REPLACED},
            [
                "outcross take bought --share 0.5 --ladder added --to mix",
                "outcross take bought --share 0.25 --ladder replaced --to mix",
            ],
        ),
        ({}, []),
    ],
)
def test_the_command_that_writes_a_mix_is_named_for_each_ladder(
    tmp_path: Path, ladders: dict[str, Any], commands: list[str]
) -> None:
    """A file that was changed may have none or several. Without a verdict, a share that was run is named."""
    study = Study.model_validate(
        {
            "study": "bought",
            "source": {"kind": "breast_cancer"},
            "generator": {"kind": "copula"},
            "generations": 2,
            "replicates": 3,
            "arms": {"only": {"policy": "replace"}},
            "ladders": ladders,
            "endpoints": {"coverage": {"tolerance": 0.1}},
        }
    )
    said = closing_lines(Artefacts(study, Store(tmp_path)))
    assert [line.removeprefix("The rows of a mix: ") for line in said if "take" in line] == commands
