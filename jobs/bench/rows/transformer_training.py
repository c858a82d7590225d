"""Row ``transformer_training``: training of a language model."""

from typing import Any

from outcross.jobs.bench.bench import Bench
from outcross.jobs.bench.ratios import median_ratio
from outcross.jobs.bench.row import Criterion, Finding, Row, Side

ARCHITECTURE = {"vocabulary": 4_096, "context": 256, "width": 256, "layers": 4, "heads": 4, "inner": 1_024}
TRAINING = {"steps": 10, "batch": 8, "learning_rate": 0.001, "weight_decay": 0.1}
FASTER, APART = 1.2, 0.01


def prepare_model(bench: Bench) -> dict[str, Any]:
    """Write the initial model and the training windows, and return the part of a job that names them."""
    windows = TRAINING["steps"] * TRAINING["batch"]
    model = bench.run(
        bench.ours("language", "text", architecture=ARCHITECTURE, windows=int(windows), seed=1, to=str(bench.folder))
    ).values
    return {"folder_of_model": model["folder"], "architecture": ARCHITECTURE, **TRAINING}


def measure(bench: Bench) -> Finding:
    """Train both on the same windows, from the same initial weights."""
    job = prepare_model(bench)
    turns = bench.alternate(
        bench.ours("transformer_training", **job), bench.peer("transformer_training", "transformers", **job)
    )
    tokens = TRAINING["steps"] * TRAINING["batch"] * ARCHITECTURE["context"]
    losses = [run.values["loss"] for run in turns[-1]]
    criteria = [
        Criterion.at_least("times the tokens per second", median_ratio(turns, over=1, under=0), FASTER),
        Criterion.at_most("difference of the loss after training, nats per token", abs(losses[0] - losses[1]), APART),
    ]
    sides = []
    for place, name in enumerate(("Outcross", "transformers")):
        side = Side.of(turns, place, name)
        side.values.update({"tokens a second": tokens / side.seconds, "loss afterwards, nats a token": losses[place]})
        sides.append(side)
    return Finding(criteria, sides)


ROW = Row(
    name="transformer_training",
    work="a GPT-2 of 4 layers, trained on the CPU",
    peer="Hugging Face `GPT2LMHeadModel`",
    about="The same initial weights, the same windows in the same order, float32, no dropout, AdamW (fused on both "
    f"sides) with the same schedule: {TRAINING['steps']} steps of {TRAINING['batch']} × {ARCHITECTURE['context']} "
    f"tokens; {ARCHITECTURE['layers']} layers of width {ARCHITECTURE['width']}, {ARCHITECTURE['vocabulary']:,} tokens.",
    measure=measure,
    peers=True,
)
