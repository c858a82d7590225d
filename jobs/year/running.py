"""Simulate years in processes of their own, each with one thread."""

from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from outcross.jobs.year.simulation import Simulated, simulate_clean, simulate_year
from outcross.jobs.year.whole import Whole, take_year
from outcross.jobs.year.years import draw_year, load_table

FIRST = 2_000
"""Seed of the first year; limits were tuned on years with the seeds 0 to 19 and 1,000 to 1,099, which prove nothing any
more."""


def run_years(
    table: Path | None, years: int, *, before: int, intake: bool, workers: int, first: int = FIRST, clean: int = 0
) -> tuple[list[Simulated], Whole | None]:
    """Simulate years, and take one through the whole intake.

    Args:
        table: file of the table, see :func:`load_table`.
        years: number of years.
        before: number of these that the guards of batches judge too.
        intake: whether the first year goes through the whole intake.
        workers: number of processes.
        first: seed of the first year; the others follow it.
        clean: number of further years, of which only the clean one and the loss of rare rows are simulated.
    """
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_use_one_thread) as pool:
        whole: Future[Whole] | None = pool.submit(_take, table, first) if intake else None
        running = [pool.submit(_simulate, table, first + year, year < before) for year in range(years)]
        running += [pool.submit(_simulate_clean, table, first + years + year) for year in range(clean)]
        found = [each.result() for each in running]
        return found, None if whole is None else whole.result()


def _simulate(table: Path | None, seed: int, before: bool) -> Simulated:
    return simulate_year(load_table(table), seed, before=before)


def _simulate_clean(table: Path | None, seed: int) -> Simulated:
    return simulate_clean(load_table(table), seed)


def _take(table: Path | None, seed: int) -> Whole:
    return take_year(draw_year(load_table(table), seed))


def _use_one_thread() -> None:
    import torch

    torch.set_num_threads(1)
