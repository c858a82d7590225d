"""``python -m outcross.jobs.year``: simulate years, print the table, and write it into a page."""

import argparse
import sys
from pathlib import Path

from outcross.jobs.year.page import find_misses, write_page
from outcross.jobs.year.running import FIRST, run_years
from outcross.jobs.year.years import load_table
from outcross.resources.errors import BadInput


def main(words: list[str] | None = None) -> int:
    """Run the simulation; return 1 where something that is asked does not hold."""
    parser = argparse.ArgumentParser(prog="python -m outcross.jobs.year", description="Simulate years of batches.")
    parser.add_argument("--years", type=int, default=20, help="years of the guards' own functions")
    parser.add_argument("--before", type=int, default=5, help="years that the guards of batches judge too")
    parser.add_argument("--table", type=Path, help="the table Adult as a file; else OUTCROSS_TEST_DATA, else college")
    parser.add_argument("--write", type=Path, help="page to write the table into")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--first", type=int, default=FIRST, help="seed of the first year; the others follow it")
    parser.add_argument("--clean", type=int, default=80, help="further years, clean and with rare rows dropped alone")
    parser.add_argument("--no-intake", action="store_true", help="leave out the year through the whole intake")
    given = parser.parse_args(words)
    try:
        table = load_table(given.table)
    except BadInput as error:
        parser.error(str(error))
    years, taken = run_years(
        given.table,
        given.years,
        before=given.before,
        intake=not given.no_intake,
        workers=given.workers,
        first=given.first,
        clean=given.clean,
    )
    page = write_page(table, years, taken)
    sys.stdout.write(page)
    if given.write is not None:
        given.write.write_text(page, "utf-8")
    missed = find_misses(years, taken)
    for each in missed:
        sys.stderr.write(f"missed: {each}\n")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
