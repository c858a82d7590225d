"""What Alemohammad et al. 2023 (arXiv 2307.01850) found of sampling bias, in a loop of small diffusion models."""

from pathlib import Path

import polars as pl

from outcross.assets.artefacts import EVALUATION, Artefacts
from outcross.assets.study.study import Study
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.store import Store

STUDY = Study.model_validate(
    {
        "study": "biased",
        "source": {"kind": "digits"},
        "rows": 400,
        "generator": {"kind": "diffusion", "width": 16, "depth": 1, "patch": 2, "steps": 150, "learning_rate": 0.01}
        | {"sample_steps": 10, "loss_samples": 1},
        "generations": 2,
        "replicates": 2,
        "metrics": ["neighbours"],
        "arms": {"replace": {"policy": "replace"}, "guided": {"policy": "replace", "generator": {"guidance": 1}}},
    }
)


def test_guidance_speeds_the_loss_of_recall_while_precision_holds(tmp_path: Path) -> None:
    artefacts = Artefacts(STUDY, Store(str(tmp_path)))
    run_plainly(artefacts, ["replace", "guided"], checks=False)

    def measured(metric: str, generation: int, lineage: str) -> list[float]:
        rows = artefacts.load(artefacts.address(EVALUATION, generation, lineage))
        asked = rows.filter(pl.col("metric") == metric, pl.col("reference") == "holdout")
        return asked.sort("replicate")["value"].to_list()

    plain, guided = (measured("recall", 1, lineage) for lineage in ("replace", "guided"))
    assert max(guided) < min(plain) - 0.2
    assert min(measured("precision", 1, "guided")) > max(measured("precision", 0, "guided")) - 0.05
