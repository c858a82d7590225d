"""When a report was made: the one line that two runs of a study do not share, and that its sha256 leaves out."""

import pytest

from outcross.assets.verdict.facts import in_words, stamp, without_stamp
from outcross.assets.verdict.report import render_report
from tests.assets.verdict.reports import report_data


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.2, "less than a second"),
        (1.0, "1 second"),
        (151.4, "2 minutes 31 seconds"),
        (3_600, "1 hour"),
        (90_061, "1 day 1 hour"),
    ],
)
def test_a_duration_has_its_two_largest_units(seconds: float, told: str) -> None:
    assert in_words(seconds) == told


def test_a_stamp_is_read_off_again_and_touches_nothing_else() -> None:
    plain = render_report(report_data()).encode()
    assert without_stamp(plain) == plain
    made = stamp(plain, "2026-11-30 19:26 UTC, 2 minutes after its first rows were read")
    assert b'<dd id="made">2026-11-30 19:26 UTC' in made and without_stamp(made) == plain
    assert without_stamp(made.replace(b"digits", b"digit5")) != plain
