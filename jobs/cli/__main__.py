"""``python -m outcross.jobs.cli`` is ``outcross``."""

from outcross.jobs.cli.app import run

if __name__ == "__main__":
    run()
