"""``python -m jobs.cli`` is ``outcross``."""

from jobs.cli.app import main

if __name__ == "__main__":
    main()
