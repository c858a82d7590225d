"""Pages about a corpus that lie in the home: its report, and Data Docs of its batches."""

import shutil
from pathlib import Path
from urllib.parse import quote

from outcross.jobs.files.home import home

FOLDER = "data-docs"
"""The folder of the home that has the Data Docs of all corpora and studies."""
ADDRESS = f"/outcross/{FOLDER}"
"""Where ``outcross ui`` serves that folder."""


def docs_folder(corpus: str) -> Path:
    """Return the folder of a corpus's Data Docs."""
    return home() / FOLDER / corpus


def docs_address(corpus: str) -> str:
    """Return the address of the first page of a corpus's Data Docs in the UI, whatever its port."""
    return f"{ADDRESS}/{quote(corpus)}/index.html"


def report_file(corpus: str) -> Path:
    """Return the file of a corpus's report."""
    return home() / "reports" / f"{corpus}.html"


def remove_pages(corpus: str) -> None:
    """Remove the pages of a corpus, which quote rows; the same commands write them again from what is left."""
    shutil.rmtree(docs_folder(corpus), ignore_errors=True)
    report_file(corpus).unlink(missing_ok=True)
