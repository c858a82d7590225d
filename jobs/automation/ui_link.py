"""Links from alerts into the UI."""

import os
from urllib.parse import quote

UI = "http://127.0.0.1:3000"
"""Where ``outcross ui`` serves the graph, unless ``OUTCROSS_UI_URL`` says otherwise."""


def link_to_batches(corpus: str, partition: str = "") -> str:
    """Return the page of a corpus's batches in the UI, or of one of them."""
    base = (os.environ.get("OUTCROSS_UI_URL") or UI).rstrip("/")
    return f"{base}/assets/{quote(corpus)}/batch" + (f"?partition={quote(partition)}" if partition else "")
