"""``python -m outcross.jobs.cli`` is ``outcross``."""

from outcross.jobs.cli.app import main

if __name__ == "__main__":
    main()
