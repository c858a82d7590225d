"""What a generation costs on disk."""

from pathlib import Path

from outcross.assets.artefacts import Artefacts
from outcross.assets.study.study import Study
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.store import Store


def test_disk_grows_linearly_in_generations_though_datasets_accumulate(tmp_path: Path) -> None:
    study = Study.model_validate(
        {
            "study": "disk",
            "source": {"kind": "population", "rows": 500, "of": {"family": "gaussian", "dimensions": 4}},
            "holdout": 0,
            "metrics": ["population"],
            "generator": {"kind": "gaussian"},
            "generations": 16,
            "replicates": 3,
            "arms": {"accumulate": {"policy": "accumulate"}},
        }
    )
    run_plainly(Artefacts(study, Store(str(tmp_path))), study.lineages, checks=False)
    of_generation = [
        sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file() and f"gen={number:02d}" in str(path))
        for number in range(16)
    ]
    assert of_generation[15] > 500 * 3 * 4 * 4, "the rows themselves are kept"
    assert of_generation[15] < 1.2 * of_generation[2], "but those of earlier generations not once more"
