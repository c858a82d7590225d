"""Make text from data safe for a terminal: one line, no control characters, shortened if long."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

LONGEST = 300


def clean_text(text: str, longest: int = LONGEST) -> "Text":
    """Make text from data safe to print: no markup, and nothing that moves the cursor or reverses the direction."""
    from rich.text import Text

    from outcross.resources.safe_text import one_line, shortened

    return Text(shortened(one_line(text), longest))
