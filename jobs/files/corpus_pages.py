"""Pages about a corpus that lie in the home: its report, and Data Docs of its batches."""

import shutil
from pathlib import Path

from outcross.jobs.files.home import home


def docs_folder(corpus: str) -> Path:
    """Return the folder of a corpus's Data Docs."""
    return home() / "data-docs" / corpus


def report_file(corpus: str) -> Path:
    """Return the file of a corpus's report."""
    return home() / "reports" / f"{corpus}.html"


def remove_pages(corpus: str) -> None:
    """Remove the pages of a corpus, which quote rows; the same commands write them again from what is left."""
    shutil.rmtree(docs_folder(corpus), ignore_errors=True)
    report_file(corpus).unlink(missing_ok=True)
