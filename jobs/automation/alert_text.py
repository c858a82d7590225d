"""Text from data in alerts."""

from outcross.resources.safe_text import one_line, shortened

LONGEST = 500


def escape_text(text: str) -> str:
    """Put text from data on one line, without markup that a chat would show as a mention or a link."""
    line = shortened(one_line(text), LONGEST)
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
