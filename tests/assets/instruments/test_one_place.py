"""Short texts that differ in one place are found in every script, and others are not."""

from itertools import product

import numpy as np
import polars as pl

from outcross.assets.instruments.one_place import in_one_place
from outcross.assets.instruments.plain_text import plain
from outcross.assets.instruments.sketch_mates import Mates
from outcross.assets.instruments.text_sketches import Features, Sketches, Weights
from outcross.assets.instruments.words import Words

SCRIPTS = {
    "latin": ("abcdefghijklmnopqrstuvwxyz", " "),
    "arabic": ("ابتثجحخدذرزسشصضطظعغفقكلمنهوي", " "),
    "devanagari": ("कखगघचछजझटठडढतथदधनपफबभमयरलवशसह", " "),
    "han": ("".join(map(chr, range(0x4E00, 0x5000))), ""),
    "thai": ("".join(map(chr, range(0x0E01, 0x0E2F))), ""),
    "khmer": ("".join(map(chr, range(0x1780, 0x17A3))), ""),
}
LENGTHS = (6, 9, 14, 22, 30)
ROWS = 7
"""Of each script and length: 210 in all."""


def draw(random: np.random.Generator, script: str, words: int) -> str:
    """Draw a text of so many words or, without spaces, characters."""
    letters, space = SCRIPTS[script]
    return space.join("".join(random.choice(list(letters), size=4 if space else 1)) for _ in range(words))


def edit(random: np.random.Generator, text: str, letters: str, how: int) -> str:
    """Replace a character, leave it out, or add one before it; none is a space."""
    place = random.choice([at for at, each in enumerate(text) if each != " "])
    new = random.choice([each for each in letters if each != text[place]])
    return text[:place] + ("" if how == 1 else new) + text[place + (how < 2) :]


def found_among(texts: list[str], others: list[str]) -> set[tuple[int, int]]:
    weights = Weights.fit(Features.of(Words.read(plain(pl.Series(others)))))
    one, other = (Sketches.read(pl.Series(each), weights) for each in (texts, others))
    rows = in_one_place(one, other, Mates.find(one, other))
    return set(zip(*(each.tolist() for each in rows), strict=True))


def test_a_row_finds_itself_with_another_character_in_every_script_and_length() -> None:
    random = np.random.default_rng(3)
    kinds = [kind for kind in product(SCRIPTS, LENGTHS) for _ in range(ROWS)]
    texts = [draw(random, *kind) for kind in kinds]
    edited = [
        edit(random, text, SCRIPTS[script][0], row % 3)
        for row, (text, (script, _)) in enumerate(zip(texts, kinds, strict=True))
    ]
    found = found_among(edited, texts)
    assert len(found & {(row, row) for row in range(len(texts))}) > 0.99 * len(texts)
    assert all(one == other for one, other in found)


def test_what_differs_in_two_places_or_in_too_much_of_the_row_is_not_found() -> None:
    text = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"]
    changed = {
        "a word": [*text[:5], "new", *text[6:]],
        "a mark within a word": [*text[:5], "n", ",", "w", *text[6:]],
        "three words less": text[:5] + text[8:],
        "three words more": [*text[:5], "x", "y", "z", *text[5:]],
        "three words": [*text[:5], "x", "y", "z", *text[8:]],
        "two places": ["x", *text[1:6], "y", *text[7:]],
        "four words less": text[:4] + text[8:],
    }
    found = found_among([" ".join(each) for each in changed.values()], [" ".join(text)])
    assert [list(changed)[row] for row, _ in sorted(found)] == list(changed)[:4]
    assert found_among(["a b x", "a b c x"], ["a b c", "a b c d"]) == {(1, 0), (1, 1)}, "of three, no word may differ"
