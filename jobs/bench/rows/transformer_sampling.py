"""Row ``transformer_sampling``: sampling of rows from a language model."""

from outcross.jobs.bench.bench import Bench
from outcross.jobs.bench.ratios import median_ratio
from outcross.jobs.bench.row import Criterion, Finding, Row, Side
from outcross.jobs.bench.rows.transformer_training import ARCHITECTURE, prepare_model

BATCH, PROMPT, LENGTH = 64, 16, 192
FASTER, ALIKE, APART = 2, 0.99, 1e-4


def measure(bench: Bench) -> Finding:
    """Train briefly, so that tokens differ in probability; then let both sides draw from the same weights."""
    job, weights = prepare_model(bench), str(bench.folder / "trained.safetensors")
    bench.run(bench.ours("transformer_training", "brief training", **job, to=weights))
    likely = str(bench.folder / "likely.npy")
    job |= {"weights": weights, "rows": BATCH, "prompt": PROMPT, "length": LENGTH}
    turns = bench.alternate(
        bench.ours("transformer_sampling", **job, to=likely),
        bench.peer("transformer_sampling", "transformers", **job, likely=likely),
    )
    ours, theirs = (run.values for run in turns[-1])
    apart = max(abs(one - other) for one, other in zip(ours["nats"], theirs["nats"], strict=True)) / (LENGTH + 1)
    criteria = [
        Criterion.at_least("times the tokens per second", median_ratio(turns, over=1, under=0), FASTER),
        Criterion.at_least("share of greedy tokens that agree", theirs["agree"], ALIKE),
        Criterion.at_most("largest difference of a row's log-likelihood, nats per token", apart, APART),
    ]
    sides = []
    for place, name in enumerate(("Outcross", "transformers")):
        side = Side.of(turns, place, name)
        side.values["tokens a second"] = turns[-1][place].values["tokens"] / side.seconds
        sides.append(side)
    return Finding(criteria, sides)


ROW = Row(
    name="transformer_sampling",
    work=f"{BATCH} rows drawn in one batch from a GPT-2 with a key–value cache",
    peer="Hugging Face `generate`",
    about=f"The same weights and prompts of {PROMPT} tokens; {LENGTH - PROMPT} more tokens are drawn per row at "
    f"temperature 1, float32; {ARCHITECTURE['layers']} layers of width {ARCHITECTURE['width']}, "
    f"{ARCHITECTURE['vocabulary']:,} tokens. Not timed: both also draw the most probable token at each position, "
    "and score the same rows.",
    measure=measure,
    peers=True,
)
