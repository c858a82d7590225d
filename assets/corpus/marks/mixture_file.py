"""The marks of ``mixture.json``, which ``outcross take`` writes: the origin and the generator of each of its files."""

import json
from collections.abc import Iterator

from outcross.assets.corpus.marks.mark import Mark, Says

_SAYS: dict[str, Says] = {"real": "real", "synthetic": "synthetic", "mixed": "mixed"}


def read_mixture(content: bytes, data: str, alone: bool) -> Iterator[Mark]:
    """Yield the mark of the data; the arguments are those of :func:`.dataset_card.read_card`.

    Raises:
        ValueError: it is no object of JSON.
    """
    stated = json.loads(content)
    if not isinstance(stated, dict):
        raise ValueError("it is no object")
    files = [each for each in stated.get("files") or [] if isinstance(each, dict)]
    for file in files:
        origin, generator = str(file.get("origin")), file.get("generator")
        if (str(file.get("path")) == data or (alone and len(files) == 1)) and origin in _SAYS:
            by = f", generator {generator}" if generator else ""
            yield Mark(
                kind="",
                says=_SAYS[origin],
                statement=f"origin {origin}{by}",
                generator=str(generator) if generator else None,
            )
