"""What a message repeats of another library's error."""

import pytest

from outcross.resources.errors import LONGEST_REASON, reason_of


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("no footer\nat byte 3"), "no footer"),
        (ValueError("\n no footer \n"), "no footer"),
        (ValueError(), "ValueError"),
        (OSError("  \n"), "OSError"),
        (KeyError("x"), "'x'"),
        (ValueError("x" * LONGEST_REASON), "x" * LONGEST_REASON),
        (ValueError("x" * (LONGEST_REASON + 1)), "x" * (LONGEST_REASON - 1) + "…"),
    ],
)
def test_the_first_line_is_told_and_of_an_error_without_words_its_type(error: Exception, said: str) -> None:
    assert reason_of(error) == said
