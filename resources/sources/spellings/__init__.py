"""How columns of text spell their values: the spellings, and which of them a column has.

A column remembers the :class:`Spelling` that it was read by, so that batches are read alike.
"""

import json

from outcross.resources.sources.spellings.contract import Spelling as Spelling
from outcross.resources.sources.spellings.durations import Durations as Durations
from outcross.resources.sources.spellings.iso import Iso as Iso
from outcross.resources.sources.spellings.moments import Moments as Moments
from outcross.resources.sources.spellings.numbers import Numbers as Numbers
from outcross.resources.sources.spellings.recognise import Recognised as Recognised
from outcross.resources.sources.spellings.recognise import by_format as by_format
from outcross.resources.sources.spellings.recognise import nearly as nearly
from outcross.resources.sources.spellings.recognise import recognise as recognise
from outcross.resources.sources.spellings.recognise import recognise_all as recognise_all
from outcross.resources.sources.spellings.recognise import recognise_days as recognise_days
from outcross.resources.sources.spellings.recognise import several as several
from outcross.resources.sources.spellings.words import Words as Words

SPELLINGS: dict[str, type[Spelling]] = {kind.name: kind for kind in (Numbers, Moments, Iso, Durations, Words)}
"""Name → spelling."""


def read_spelling(text: str) -> Spelling:
    """Read back what :meth:`Spelling.to_json` wrote."""
    value = json.loads(text)
    stated = {key: tuple(each) if isinstance(each, list) else each for key, each in value.items() if key != "name"}
    return SPELLINGS[value["name"]](**stated)
