"""Row ``neural``: the neural generator of tables."""

from math import ceil
from typing import Any

from outcross.jobs.bench.bench import Bench
from outcross.jobs.bench.ratios import Turn, median_ratio
from outcross.jobs.bench.row import Criterion, Finding, Row, Side
from outcross.jobs.bench.rows.judging import Scores, judge
from outcross.resources.counted import counted

ROWS = 26_000
EPOCHS = 300
"""CTGAN's default."""
MARGIN = 1.1
"""Least time of CTGAN's shortened fit ÷ ours, so that noise does not give it less time than ours."""
HIGHER = {"quality": "SDMetrics quality", "utility_auc": "train-on-synthetic, test-on-real AUC"}


def measure(bench: Bench) -> Finding:
    """Run CTGAN once with its default epochs, then alternate ours with CTGAN shortened to the time of our fit."""
    job = bench.tables()
    job |= {"rows": ROWS, "seed": 1}
    ours = bench.ours("generate", generator="autoregressive", **job)
    by_default = bench.alternate(ours, _ctgan(bench, job, EPOCHS), repeats=1)
    brief = bench.run(_ctgan(bench, job, 1))
    epochs = _epochs_within(
        by_default[0][0].stretches["fit"], brief.stretches["fit"], by_default[0][1].stretches["fit"]
    )
    cut = bench.alternate(ours, _ctgan(bench, job, epochs))
    names = ("Outcross", f"CTGAN, {EPOCHS} epochs", f"CTGAN, {counted(epochs, 'epoch')}")
    runs: list[tuple[list[Turn], int]] = [([*cut], 0), ([*by_default], 1), ([*cut], 1)]
    scores = [judge(bench, turns, place, job, of=name) for (turns, place), name in zip(runs, names, strict=True)]
    criteria = [
        Criterion.at_least(f"CTGAN's time ÷ ours, {EPOCHS} epochs", median_ratio(by_default, over=1, under=0), 1),
        Criterion.at_least(f"CTGAN's time ÷ ours, {epochs} epochs", median_ratio(cut, over=1, under=0), 1),
    ]
    for theirs, name in zip(scores[1:], names[1:], strict=True):
        criteria += _better(scores[0], theirs, name)
    sides = [
        Side.of(turns, place, name, found) for (turns, place), name, found in zip(runs, names, scores, strict=True)
    ]
    notes = [
        f"CTGAN with its default {EPOCHS} epochs ran once; the other two alternated {len(cut)} times.",
        f"Epochs in {MARGIN} times our fit: {epochs}, estimated from a fit of 1 epoch and one of {EPOCHS}.",
        "`utility_auc_of_real` is the AUC of the classifier trained on the real training rows.",
    ]
    return Finding(criteria, sides, notes)


def _ctgan(bench: Bench, job: dict[str, Any], epochs: int) -> Any:
    settings = {"epochs": epochs, "enable_gpu": False}
    return bench.peer("synthesize", f"CTGAN ({epochs} epochs)", synthesizer="CTGAN", settings=settings, **job)


def _epochs_within(ours: float, one: float, all_of_them: float) -> int:
    """Return the least number of epochs whose fit, with its time before the first epoch, takes longer than ours."""
    each = max((all_of_them - one) / (EPOCHS - 1), 1e-9)
    return min(max(1, ceil((ours * MARGIN - (one - each)) / each)), EPOCHS)


def _better(ours: Scores, theirs: Scores, name: str) -> list[Criterion]:
    criteria = [
        Criterion.at_least(f"{label} minus that of {name}", ours[metric] - theirs[metric], 0)
        for metric, label in HIGHER.items()
    ]
    nearer = abs(theirs["two_sample_auc"] - 0.5) - abs(ours["two_sample_auc"] - 0.5)
    return [*criteria, Criterion.at_least(f"C2ST AUC, closer to 0.5 than that of {name} by", nearer, 0)]


ROW = Row(
    name="neural",
    work="a neural generator, fitted to 26,000 rows; 26,000 rows sampled",
    peer="SDV `CTGANSynthesizer`",
    about="Fit and sample with default settings; CTGAN with its default epochs, and with fewer epochs so that its fit "
    "takes as long as ours. One judge scores both in the peers' environment: SDMetrics' quality report against the "
    "training rows; the classifier two-sample test (C2ST), which is the cross-validated AUC of scikit-learn's "
    "`HistGradientBoostingClassifier` between sampled and held-out real rows (0.5: indistinguishable); and the AUC on "
    "held-out real rows of the same classifier trained to predict the label on sampled rows.",
    measure=measure,
    peers=True,
)
