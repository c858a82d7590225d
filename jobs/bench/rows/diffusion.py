"""Row ``diffusion``: training and sampling of an image diffusion model."""

from collections.abc import Callable
from typing import Any

from outcross.jobs.bench.bench import Bench
from outcross.jobs.bench.child import Run
from outcross.jobs.bench.ratios import median_ratio
from outcross.jobs.bench.row import Criterion, Finding, Row, Side

FASTER, SIZE_APART = 1, 0.06
WIDTH, BLOCKS, CHANNELS, BATCH, SAMPLE_STEPS = 32, 2, (32, 64), 64, 25
SIZES = {8: {"steps": 150, "sampled": 512}, 32: {"steps": 20, "sampled": 64}}
"""Side of the images in pixels → optimiser steps and sampled images."""
STRETCHES: dict[str, Callable[[Run], float]] = {
    "training": lambda run: run.stretches["train"],
    "sampling": lambda run: run.stretches["sample"],
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
        for phase, of in STRETCHES.items():
            ratio = median_ratio(turns, over=1, under=0, of=of)
            criteria.append(Criterion.at_least(f"times the images per second, {phase}, {side} × {side}", ratio, FASTER))
        ours, theirs = (float(run.values["parameters"]) for run in turns[-1])
        criteria.append(
            Criterion.at_most(f"relative difference of parameters, {side} × {side}", abs(ours / theirs - 1), SIZE_APART)
        )
        sides += [
            Side.of(turns, place, program.side, _values(turns[-1][place], counts))
            for place, program in enumerate(programs)
        ]
    return Finding(criteria, sides, NOTES)


def _values(run: Run, counts: dict[str, int]) -> dict[str, float]:
    return {
        "parameters": run.values["parameters"],
        "MFLOP an image and pass": run.values["mflop"],
        "images trained on, per second": counts["steps"] * BATCH / run.stretches["train"],
        "images sampled, per second": counts["sampled"] / run.stretches["sample"],
    }


NOTES = [
    "Outcross's estimate of its training loss after the last step is not timed, since diffusers makes none.",
    "Images per second are measured in the last turn.",
]

ROW = Row(
    name="diffusion",
    work="an image diffusion model, trained and sampled",
    peer="diffusers `UNet2DModel`, `DDPMScheduler`, `DDIMScheduler`",
    about="Class-conditional U-Nets with two levels of 32 and 64 channels and no attention. diffusers has one residual "
    "block per level, which gives one down, two up and two in the middle. Outcross has two down and two up, which is "
    f"its closest size in parameters. Images: scikit-learn's digits at 8 × 8, and enlarged to 32 × 32; batches of "
    f"{BATCH}, {SAMPLE_STEPS} steps of DDIM, float32 on both sides.",
    measure=measure,
    peers=True,
)
