"""The vocabulary of IPTC for digital source types, which XMP and C2PA state, and what each says of a picture.

Source: https://cv.iptc.org/newscodes/digitalsourcetype/; that of C2PA has the same ends.
"""

import re

from outcross.assets.corpus.marks.mark import Says

SAYS: dict[str, Says] = {
    "trainedAlgorithmicMedia": "synthetic",
    "algorithmicMedia": "synthetic",
    "trainedAlgorithmicData": "synthetic",
    "compositeWithTrainedAlgorithmicMedia": "mixed",
    "compositeSynthetic": "mixed",
    "virtualRecording": "mixed",
    "digitalCapture": "real",
    "computationalCapture": "real",
    "compositeCapture": "real",
    "negativeFilm": "real",
    "positiveFilm": "real",
    "print": "real",
}
"""Code → what it says. Others, such as ``digitalArt`` or ``screenCapture``, say nothing of a model."""
_CODE = re.compile(r"(?:^|[/#:])([A-Za-z]{3,60})/?\s*$")


def code_of(value: str) -> str | None:
    """Return the code of a digital source type, from its address or by itself; None where there is none."""
    found = _CODE.search(value.strip()[:500])
    return None if found is None else found[1]


def says_of(code: str) -> Says | None:
    """Return what a code says of the picture; case does not count."""
    return _FOLDED.get(code.casefold())


_FOLDED = {code.casefold(): says for code, says in SAYS.items()}
