"""Row ``transformer_sampling``: rows drawn from a language model."""

from outcross.jobs.bench.bench import Bench
from outcross.jobs.bench.ratios import median_ratio
from outcross.jobs.bench.row import Criterion, Finding, Row, Side
from outcross.jobs.bench.rows.transformer_training import ARCHITECTURE, prepared

BATCH, PROMPT, LENGTH = 64, 16, 192
FASTER, ALIKE, APART = 2, 0.99, 1e-4


def measure(bench: Bench) -> Finding:
    """Train for a moment, so that tokens differ in probability; then both draw from the same weights."""
    job, weights = prepared(bench), str(bench.folder / "trained.safetensors")
    bench.run(bench.ours("transformer_training", "a moment's training", **job, to=weights))
    likely = str(bench.folder / "likely.npy")
    job |= {"weights": weights, "rows": BATCH, "prompt": PROMPT, "length": LENGTH}
    turns = bench.alternate(
        bench.ours("transformer_sampling", **job, to=likely),
        bench.peer("transformer_sampling", "transformers", **job, likely=likely),
    )
    ours, theirs = (ran.values for ran in turns[-1])
    apart = max(abs(one - other) for one, other in zip(ours["nats"], theirs["nats"], strict=True)) / (LENGTH + 1)
    criteria = [
        Criterion.at_least("times the tokens a second", median_ratio(turns, over=1, under=0), FASTER),
        Criterion.at_least("share of greedy tokens that agree", theirs["agree"], ALIKE),
        Criterion.at_most("largest difference of a row's likelihood, nats a token", apart, APART),
    ]
    sides = []
    for place, name in enumerate(("Outcross", "transformers")):
        side = Side.of(turns, place, name)
        side.values["tokens a second"] = turns[-1][place].values["tokens"] / side.seconds
        sides.append(side)
    return Finding(criteria, sides)


ROW = Row(
    name="transformer_sampling",
    work=f"{BATCH} rows drawn side by side from a GPT-2, with keys and values kept",
    peer="Hugging Face `generate`",
    about=f"The same weights and prompts of {PROMPT} tokens; {LENGTH - PROMPT} more are drawn for every row at "
    f"temperature 1, float32; {ARCHITECTURE['layers']} layers of width {ARCHITECTURE['width']}, "
    f"{ARCHITECTURE['vocabulary']:,} tokens. Outside the time, both take the most probable token each time, and score "
    "the same rows.",
    measure=measure,
    peers=True,
)
