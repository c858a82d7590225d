"""What every command writes by: a terminal gets the text of data, and no control character of it.

Rich itself writes the sequences that colour text and move the cursor. What stands in a text is shown as its code, such
as ``[U+001B]``: it could rename the window, hide what follows, or turn the direction of writing.
"""

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

if TYPE_CHECKING:
    from rich.status import Status


class SafeConsole(Console):
    """A console of rich on which text stays text."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Render, with whatever is no printable text made visible."""
        from outcross.resources.safe_text import printable

        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(printable(segment.text), segment.style)


def status_line(text: str = "", *, quiet: bool) -> "Status":
    """Show at a terminal what a command does, on standard error: standard output has its answer alone."""
    return SafeConsole(stderr=True, quiet=quiet).status(text)


def unbroken(*, err: bool = False) -> SafeConsole:
    """Return a console that breaks no line, however narrow the terminal: what stands there is copied, or piped."""
    return SafeConsole(stderr=err, soft_wrap=True)


def say(text: Any, *, err: bool = False, nl: bool = True) -> None:
    """Write text to standard output, or to standard error."""
    from outcross.resources.safe_text import printable

    typer.echo(printable(str(text)), err=err, nl=nl)


def hand_over(text: str) -> None:
    """Write a document: as it is to a file or another program, and as :func:`say` does to a terminal."""
    if sys.stdout.isatty():
        say(text, nl=False)
    else:
        typer.echo(text, nl=False)
