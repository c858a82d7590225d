"""Text from data as a terminal may show it: on one line, without control characters, cut where it is long."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

LONGEST = 300


def clean_text(text: str, longest: int = LONGEST) -> "Text":
    """Make a text of data safe to print: no markup, and nothing that moves the cursor or turns the direction."""
    from rich.text import Text

    from outcross.resources.safe_text import one_line, shortened

    return Text(shortened(one_line(text), longest))
