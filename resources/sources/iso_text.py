"""Dates, datetimes, times and durations from text that spells them as ISO 8601 does, or as pandas and Polars do."""

from typing import Literal

import polars as pl

_DATE = r"\d{4}-\d{2}-\d{2}"
_CLOCK = r"\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?"
_CLOCK_TO_MICROSECONDS = r"\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6}0{0,3})?)?"
_OFFSET = r"Z|[+-]\d{2}:?\d{2}"
_ISO_DURATION = r"^(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d{1,9}))?S)?)?$"
_CLOCK_DURATION = r"^(-?)(?:(\d+) days?,? ?)?\+?(?:(\d+):(\d{2}):(\d{2})(?:\.(\d{1,9}))?)?$"
_PARTS = (86_400, 3_600, 60, 1)


def parse_moments(values: pl.Series, *, zone: str | None, time_unit: Literal["us", "ns"] = "us") -> pl.Series:
    """Parse text to Datetime, null where it is none.

    Args:
        values: text, such as ``2024-04-26``, ``2024-04-26 13:37`` or ``2024-04-26T13:37:05.25+02:00``.
        time_unit: of the result; in nanoseconds, only the years 1678 to 2261 are parsed.
        zone: of the result, for which text has to state its offset; None for datetimes without a zone, whose text has
            none but that of UTC.
    """
    clock = _CLOCK if time_unit == "ns" else _CLOCK_TO_MICROSECONDS
    moment, text = rf"^({_DATE})(?:[T ]({clock}))? ?({_OFFSET})?$", pl.col("t").str.strip_chars()
    parts = values.to_frame("t").select(
        day=text.str.extract(moment, 1),
        clock=_full_clock(text.str.extract(moment, 2).fill_null("00:00")),
        offset=text.str.extract(moment, 3).str.replace("Z", "+0000").str.replace(":", ""),
    )
    written = pl.concat_str(pl.col("day"), pl.lit("T"), pl.col("clock"))
    if zone is None:
        at_utc = pl.col("offset").fill_null("+0000").is_in(["+0000", "-0000"])
        moments = written.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit=time_unit, strict=False)
        return parts.select(pl.when(at_utc).then(moments)).to_series().alias(values.name)
    full = pl.concat_str(written, "offset")
    zoned = full.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%z", time_unit=time_unit, strict=False)
    return parts.select(zoned.dt.convert_time_zone(zone)).to_series().alias(values.name)


def parse_clock_times(values: pl.Series) -> pl.Series:
    """Parse text such as ``17:45`` or ``17:45:35.5`` to Time, null where it is none."""
    text = pl.col("t").str.strip_chars().str.extract(rf"^({_CLOCK})$", 1)
    return values.to_frame("t").select(_full_clock(text).str.to_time("%H:%M:%S%.f", strict=False)).to_series()


def parse_durations(values: pl.Series) -> pl.Series:
    """Parse text such as ``P1DT6H``, ``1 days 06:00:00`` or ``30:00:00`` to Duration in nanoseconds, null if none."""
    text = pl.col("t").str.strip_chars()
    found = [_duration(text, pattern) for pattern in (_ISO_DURATION, _CLOCK_DURATION)]
    return values.to_frame("t").select(pl.coalesce(found)).to_series().alias(values.name)


def _full_clock(clock: pl.Expr) -> pl.Expr:
    return pl.when(clock.str.len_chars() == len("17:45")).then(pl.concat_str(clock, pl.lit(":00"))).otherwise(clock)


def _duration(text: pl.Expr, pattern: str) -> pl.Expr:
    parts = [text.str.extract(pattern, place + 2).cast(pl.Int64, strict=False) for place in range(len(_PARTS))]
    seconds = pl.sum_horizontal(part.fill_null(0) * seconds for part, seconds in zip(parts, _PARTS, strict=True))
    fraction = text.str.extract(pattern, len(_PARTS) + 2).str.pad_end(9, "0").cast(pl.Int64, strict=False).fill_null(0)
    whole = seconds * 10**9 + fraction
    days = parts[0].fill_null(0) * _PARTS[0] * 10**9
    # pandas writes minus one hour as "-1 days +23:00:00", Python as "-1 day, 23:00:00".
    signed = (
        pl.when(text.str.contains(r"^-.*[+,]"))
        .then(whole - 2 * days)
        .when(text.str.starts_with("-"))
        .then(-whole)
        .otherwise(whole)
    )
    fits = text.str.contains(pattern) & pl.any_horizontal(part.is_not_null() for part in parts)
    return pl.when(fits).then(signed).cast(pl.Duration("ns"))
