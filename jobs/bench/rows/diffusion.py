"""Row ``diffusion``: training and sampling of a diffusion model of images."""

from collections.abc import Callable
from typing import Any

from outcross.jobs.bench.bench import Bench
from outcross.jobs.bench.child import Ran
from outcross.jobs.bench.ratios import median_ratio
from outcross.jobs.bench.row import Criterion, Finding, Row, Side

FASTER, SIZE_APART = 1, 0.06
WIDTH, BLOCKS, CHANNELS, BATCH, SAMPLE_STEPS = 32, 2, (32, 64), 64, 25
SIZES = {8: {"steps": 150, "sampled": 512}, 32: {"steps": 20, "sampled": 64}}
"""Side of the images → optimiser steps, and images sampled."""
STRETCHES: dict[str, Callable[[Ran], float]] = {
    "training": lambda ran: ran.stretches["train"],
    "sampling": lambda ran: ran.stretches["sample"],
}


def measure(bench: Bench) -> Finding:
    """Run both on the same digits, small and enlarged."""
    criteria, sides = [], []
    for side, counts in SIZES.items():
        images = bench.run(bench.ours("digit_images", "images", pixels=side, to=str(bench.folder))).values
        job: dict[str, Any] = {**images, **counts, "batch": BATCH, "sample_steps": SAMPLE_STEPS, "seed": 1}
        programs = (
            bench.ours("diffusion", f"Outcross, {side} × {side}", width=WIDTH, blocks=BLOCKS, **job),
            bench.peer("diffusion", f"diffusers, {side} × {side}", channels=CHANNELS, **job),
        )
        turns = bench.alternate(*programs)
        for told, of in STRETCHES.items():
            ratio = median_ratio(turns, over=1, under=0, of=of)
            criteria.append(Criterion.at_least(f"times the images per second, {told}, {side} × {side}", ratio, FASTER))
        ours, theirs = (float(ran.values["parameters"]) for ran in turns[-1])
        criteria.append(Criterion.at_most(f"difference of size, {side} × {side}", abs(ours / theirs - 1), SIZE_APART))
        sides += [
            Side.of(turns, place, program.side, _values(turns[-1][place], counts))
            for place, program in enumerate(programs)
        ]
    return Finding(criteria, sides, NOTES)


def _values(ran: Ran, counts: dict[str, int]) -> dict[str, float]:
    return {
        "parameters": ran.values["parameters"],
        "MFLOP an image and pass": ran.values["mflop"],
        "images trained on, per second": counts["steps"] * BATCH / ran.stretches["train"],
        "images sampled, per second": counts["sampled"] / ran.stretches["sample"],
    }


NOTES = [
    "Outcross's estimate of its training loss, after the last step, is not counted: diffusers makes none.",
    "Images per second are those of the last turn.",
]

ROW = Row(
    name="diffusion",
    work="a diffusion model of images, trained and sampled",
    peer="diffusers `UNet2DModel`, `DDPMScheduler`, `DDIMScheduler`",
    about="Class-conditional U-Nets of two levels of 32 and 64 channels without attention: diffusers with one residual "
    "block a level, which makes it one down, two up and two in the middle; Outcross with two down and two up, which is "
    f"nearest to it in parameters. scikit-learn's digits at 8 × 8, and enlarged to 32 × 32; batches of {BATCH}, "
    f"{SAMPLE_STEPS} steps of DDIM, float32 on both sides.",
    measure=measure,
    peers=True,
)
