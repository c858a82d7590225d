"""The formats of dates and times that columns of text are tried against."""

from itertools import product

_FULL = {
    ".": ("%d.%m.%Y", "%Y.%m.%d"),
    "/": ("%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d"),
    "-": ("%d-%m-%Y", "%m-%d-%Y", "%Y-%m-%d"),
    " ": (
        *("%d %B %Y", "%d. %B %Y", "%B %d, %Y", "%B %d %Y", "%d-%B-%Y", "%d/%B/%Y", "%Y-%B-%d", "%d%B%Y"),
        *("%a, %d %B %Y", "%a %d %B %Y", "%a, %B %d, %Y", "%d %B, %Y", "%d-%B-%y", "%d %B %y", "%d%B%y", "%Y%m%d"),
    ),
}
"""Separator → formats; with dots, the day is first."""
_SHORT = {".": ("%d.%m.%y",), "/": ("%d/%m/%y", "%m/%d/%y"), "-": ("%d-%m-%y", "%m-%d-%y"), " ": ()}
"""The same with two-digit years."""
_YEAR_FIRST = {".": ("%y.%m.%d",), "/": ("%y/%m/%d",), "-": ("%y-%m-%d",), " ": ()}
"""Two-digit years that stand first: only where no other format fits, since ``15/03/24`` fits most of them."""
_TIMES = ("%H:%M", "%H:%M:%S%.f", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p", "%I:%M:%S%p", "%H:%M:%S%.f %z", "%H:%M %z")
_WHOLE = ("%a %B %d %H:%M:%S %Y",)
"""Formats in which the time stands within the date."""
CLOCKS = ("%H:%M", "%H:%M:%S%.f", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p", "%I:%M:%S%p")
"""Times of day alone."""


def formats_of(example: str) -> list[list[str]]:
    """Return the formats that a value may have, in tiers: a tier is tried where nothing of an earlier one fits."""
    mark = next((mark for mark in "./-" if example[:5].count(mark)), " ")
    if any(letter.isalpha() for letter in example[:12].replace("T", "")):
        mark = " "
    dates = [list(each.get(mark, ())) for each in (_FULL, _SHORT, _YEAR_FIRST)]
    if ":" not in example:
        return dates
    glue = ("T",) if "T" in example else (", ", " ") if "," in example else (" ",)
    tiers = [[f"{date}{between}{time}" for date, between, time in product(tier, glue, _TIMES)] for tier in dates]
    return [*tiers, list(_WHOLE)]
