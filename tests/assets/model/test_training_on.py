"""Models that train on from earlier ones, and fits that resume, through the store."""

import os
import signal
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from outcross.assets.anchor.make import make_anchor
from outcross.assets.artefacts import DATASET, MODEL, Artefacts, Slot
from outcross.assets.dataset.make import make_dataset
from outcross.assets.graph.keys import asset_key, upstream
from outcross.assets.model.make import load_model, make_model
from outcross.assets.steps import STEPS
from outcross.assets.study.lineage import SHARED
from outcross.assets.study.study import Study
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.store import Store
from tests.jobs.command_server import run_forked

SMALL = {
    "autoregressive": ("breast_cancer", {"hidden": 8, "steps": 30}),
    "cvae": ("digits", {"hidden": 8, "latent": 2, "steps": 30}),
}
"""Kind → the source that it is fitted to, and settings under which it is quick."""


def study(kind: str = "autoregressive", **settings: object) -> Study:
    source, small = SMALL[kind]
    return Study.model_validate(
        {
            "study": "on",
            "source": {"kind": source},
            "generator": {"kind": kind, **small, **settings},
            "generations": 3,
            "replicates": 2,
            "metrics": ["loss"],
            "arms": {"replace": {"policy": "replace"}},
        }
    )


def network(artefacts: Artefacts, generation: int) -> np.ndarray:
    return load_model(Slot(artefacts, generation, "replace")).tensors()["network/hidden"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Artefacts]:
    """What a generation starts from → a study of three generations of which each learns next to nothing."""
    found = {}
    for start in ("scratch", "base", "previous"):
        found[start] = Artefacts(study(start=start, learning_rate=1e-7), Store(tmp_path_factory.mktemp(start)))
        run_plainly(found[start], ["replace"], checks=False)
    return found


@pytest.mark.parametrize(("start", "first"), [("scratch", None), ("base", 0), ("previous", 1)])
def test_a_generation_starts_from_the_weights_that_the_settings_name(trained, start, first):
    artefacts = trained[start]
    inputs = artefacts.provenance(artefacts.address(MODEL, 2, "replace"))["inputs"]
    named = [artefacts.address(MODEL, first, "replace")] if first is not None else []
    assert list(inputs) == [str(each) for each in (artefacts.address(DATASET, 2, "replace"), *named)]
    assert upstream(artefacts.study, STEPS[1], 2) == [
        asset_key(artefacts.study, DATASET, 2),
        *([] if first is None else [asset_key(artefacts.study, MODEL, first)]),
    ]
    moved = [np.abs(network(artefacts, 2) - network(artefacts, earlier)).max() for earlier in (0, 1)]
    assert [change < 1e-4 for change in moved] == [start != "scratch"] * 2


def test_training_on_from_the_base_forgets_what_the_generation_between_learned(trained):
    base, previous = (trained[start] for start in ("base", "previous"))
    assert np.array_equal(network(base, 1), network(previous, 1))
    assert not np.array_equal(network(base, 2), network(previous, 2))


LONG = 120
"""Steps of a fit that is killed."""


def fit_and_die_here() -> None:
    """Fit the study of the arguments, and be killed after half of the steps."""
    from outcross.assets.model import make

    make.Cohort = partial(make.Cohort, checkpoint_seconds=0.0)  # type: ignore[assignment,misc]

    def die_half_way(done: int, total: int) -> None:
        if done > total // 2:
            os.kill(os.getpid(), signal.SIGKILL)

    root, settings = sys.argv[1:]
    artefacts = Artefacts(Study.model_validate_json(settings), Store(root))
    make_model(Slot(artefacts, 0, SHARED), progress=die_half_way)


def fit_and_die(root: Path, kind: str = "autoregressive") -> None:
    """Fit in a process that kills itself after half of the steps."""
    words = [str(root), study(kind, steps=LONG).model_dump_json()]
    ran = run_forked(words, folder=root, environment=os.environ, program=f"{__name__}:fit_and_die_here")
    assert ran.returncode == -signal.SIGKILL, ran.stderr


@pytest.mark.parametrize("kind", list(SMALL))
def test_a_fit_killed_half_way_resumes_to_the_same_weights_and_leaves_nothing_behind(tmp_path, kind):
    whole, killed = (Artefacts(study(kind, steps=LONG), Store(str(tmp_path / name))) for name in ("whole", "killed"))
    for artefacts in (whole, killed):
        make_anchor(artefacts)
        make_dataset(Slot(artefacts, 0, SHARED))
    make_model(Slot(whole, 0, SHARED))
    folder = Path(killed.store.path) / killed.address(MODEL, 0).folder
    fit_and_die(Path(killed.store.path), kind)
    assert list(folder.glob("checkpoint-*"))
    assert not killed.store.exists(killed.address(MODEL, 0))

    seen: list[int] = []
    make_model(Slot(killed, 0, SHARED), progress=lambda done, total: seen.append(done))
    assert seen[0] > 50, "it resumed from the checkpoint, not from the beginning"
    parts = [artefacts.store.read(artefacts.address(MODEL, 0)) for artefacts in (whole, killed)]
    assert parts[0].equals(parts[1])
    assert not [path.name for path in folder.iterdir() if path.name.startswith(("checkpoint-", "."))]


def test_another_fit_does_not_resume_from_a_checkpoint(tmp_path):
    store = Store(str(tmp_path))
    for steps in (LONG, 30):
        artefacts = Artefacts(study(steps=steps), store)
        make_anchor(artefacts)
        make_dataset(Slot(artefacts, 0, SHARED))
        if steps == LONG:
            fit_and_die(tmp_path)
            assert list(tmp_path.rglob("checkpoint-*"))
    seen: list[int] = []
    make_model(Slot(artefacts, 0, SHARED), progress=lambda done, total: seen.append(done))
    assert seen == [30]
    assert not list(tmp_path.rglob("checkpoint-*"))
