"""Durations and sizes in words."""


def in_words(seconds: float) -> str:
    """Say a duration in the unit that fits it, to two digits."""
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.2g} {unit}"
    return f"{max(1, round(seconds))} seconds"


def bytes_in_words(count: float) -> str:
    """Say a size on disk in the unit that fits it, to two digits."""
    for size, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if count >= 1.5 * size:
            return f"{float(f'{count / size:.2g}'):g} {unit}"
    return f"{count:.0f} bytes"
