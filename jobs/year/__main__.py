"""``python -m outcross.jobs.year``: simulate years, print the table, and write it into a page."""

import argparse
import sys
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from outcross.jobs.year.page import find_misses, write_page
from outcross.jobs.year.simulation import Simulated, simulate_year
from outcross.jobs.year.whole import Whole, take_year
from outcross.jobs.year.years import draw_year, load_table
from outcross.resources.errors import BadInput


def main(words: list[str] | None = None) -> int:
    """Run the simulation; return 1 where something that is asked does not hold."""
    parser = argparse.ArgumentParser(prog="python -m outcross.jobs.year", description="Simulate years of batches.")
    parser.add_argument("--years", type=int, default=20, help="years of the guards' own functions")
    parser.add_argument("--before", type=int, default=5, help="years that the guards of batches judge too")
    parser.add_argument("--table", type=Path, help="the table Adult as a file; else OUTCROSS_TEST_DATA, else college")
    parser.add_argument("--write", type=Path, help="page to write the table into")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--no-intake", action="store_true", help="leave out the year through the whole intake")
    given = parser.parse_args(words)
    try:
        table = load_table(given.table)
    except BadInput as error:
        parser.error(str(error))
    with ProcessPoolExecutor(given.workers, mp_context=get_context("spawn"), initializer=_use_one_thread) as pool:
        whole: Future[Whole] | None = None
        if not given.no_intake:
            whole = pool.submit(_take, given.table, 0)
        running = [pool.submit(_simulate, given.table, seed, seed < given.before) for seed in range(given.years)]
        years = [each.result() for each in running]
        taken = None if whole is None else whole.result()
    page = write_page(table, years, taken)
    sys.stdout.write(page)
    if given.write is not None:
        given.write.write_text(page, "utf-8")
    missed = find_misses(years, taken)
    for each in missed:
        sys.stderr.write(f"missed: {each}\n")
    return bool(missed)


def _simulate(path: Path | None, seed: int, before: bool) -> Simulated:
    return simulate_year(load_table(path), seed, before=before)


def _take(path: Path | None, seed: int) -> Whole:
    return take_year(draw_year(load_table(path), seed))


def _use_one_thread() -> None:
    import torch

    torch.set_num_threads(1)


if __name__ == "__main__":
    sys.exit(main())
