"""A study's report, as a notebook shows it and as a file."""

import os
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from outcross.resources.atomic_file import write_output
from outcross.resources.system_faults import unwritable

HEIGHT = 800
"""Pixels of the frame in a notebook; the report scrolls in it."""


@dataclass(frozen=True)
class Report:
    """The report of a study: one HTML page that needs no network. A notebook shows it where a cell ends with it.

    Attributes:
        study: name of the study.
        html: the page.
    """

    study: str
    html: str = field(repr=False)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page to a file, in place of an earlier one, and return its path.

        Raises:
            BadInput: the file cannot be written.
        """
        file = Path(path)
        try:
            write_output(file, self.html.encode())
        except OSError as error:
            raise unwritable(file, error) from None
        return file

    def _repr_html_(self) -> str:
        """Show the page in a frame of its own, whose scripts cannot reach the notebook."""
        return (
            f'<iframe title="Report of the study {escape(self.study)}" sandbox="allow-scripts" width="100%" '
            f'height="{HEIGHT}" style="border: 0" srcdoc="{escape(self.html)}"></iframe>'
        )
