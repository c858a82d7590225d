"""Check digits by their standards: which lengths have one, and that of the last marks exactly one fits."""

import polars as pl
import pytest

from outcross.assets.instruments.check_digits import (
    MOST_VALUES,
    CheckDigit,
    find_check,
    fits_ean,
    fits_iban,
    fits_isbn,
    fits_luhn,
)
from outcross.assets.instruments.personal_data import is_card, is_iban

DIGITS = "0123456789"


@pytest.mark.parametrize("length", range(6, 22))
def test_one_last_digit_fits_in_the_lengths_that_codes_have(length: int) -> None:
    for start in ("4929871637182736451", "0003141592653589793", "9999999999999999999"):
        stem = start[: length - 1]
        endings = {name: [end for end in DIGITS if fits(stem + end)] for name, fits in FITS.items()}
        assert len(endings["luhn"]) == (8 <= length <= 19)
        assert len(endings["ean"]) == (length in {8, 12, 13, 14})
        assert len(endings["card"]) == (13 <= length <= 19)
        if endings["card"]:
            assert endings["card"] == endings["luhn"] == [luhn_digit(stem)]
        if endings["ean"]:
            assert endings["ean"] == [ean_digit(stem)]


FITS = {"luhn": fits_luhn, "ean": fits_ean, "card": is_card}


def luhn_digit(stem: str) -> str:
    """The digit of Luhn: every second digit from the right is doubled, and its digits are added."""
    doubled = "".join(str(2 * int(digit)) if place % 2 == 0 else digit for place, digit in enumerate(stem[::-1]))
    return str(-sum(map(int, doubled)) % 10)


def ean_digit(stem: str) -> str:
    return str(-sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(stem[::-1])) % 10)


@pytest.mark.parametrize("stem", ["030640615", "080442957", "000000000", "999999999", "123456789"])
def test_an_isbn_ends_with_the_digit_or_the_x_that_makes_a_multiple_of_eleven(stem: str) -> None:
    weighed = sum((10 - place) * int(digit) for place, digit in enumerate(stem))
    (right,) = [value for value in range(11) if (weighed + value) % 11 == 0]
    fitting = [end for end in [*DIGITS, "X", "x"] if fits_isbn(stem + end)]
    assert fitting == (["X", "x"] if right == 10 else [str(right)])
    assert not any(fits_isbn(stem[:length] + (fitting[0])) for length in (7, 8))
    assert not fits_isbn("X" + stem) and not fits_isbn(stem + fitting[0] + "0")


def iban(country: str, account: str) -> str:
    number = int("".join(str(int(mark, 36)) for mark in f"{account}{country}00"))
    return f"{country}{98 - number % 97:02d}{account}"


@pytest.mark.parametrize(("length", "valid"), [(10, False), (11, True), (18, True), (30, True), (31, False)])
def test_an_iban_has_11_to_30_marks_after_its_check_digits(length: int, valid: bool) -> None:
    code = iban("GB", ("WEST12345698765432" * 2)[:length])
    assert fits_iban(code) is is_iban(code) is is_iban(f"{code[:4]} {code[4:]}") is valid
    wrong = code[:2] + f"{(int(code[2:4]) + 1) % 100:02d}" + code[4:]
    assert not fits_iban(wrong) and not is_iban(wrong)
    assert not fits_iban(code.lower())


def column_of(rows: int, wrong: int, fitting: str = "ean") -> pl.Series:
    stems = [f"{number:07d}" for number in range(1_000_000, 1_000_000 + 13 * rows, 13)]
    ends = [ean_digit(stem) if fitting == "ean" else luhn_digit(stem) for stem in stems]
    broken = {int(place * rows / max(wrong, 1)) for place in range(wrong)}
    return pl.Series(
        [
            f"{stem}{(int(end) + (place in broken)) % 10}"
            for place, (stem, end) in enumerate(zip(stems, ends, strict=True))
        ]
    )


@pytest.mark.parametrize(("wrong", "found"), [(0, True), (2, True), (3, False), (200, False)])
def test_a_column_has_a_check_digit_if_nearly_all_of_its_values_fit(wrong: int, found: bool) -> None:
    check = find_check(column_of(400, wrong), "code", holds=0.995)
    assert check == (CheckDigit("code", "EAN") if found else None)


def test_the_standard_that_fits_is_named_and_separators_do_not_count() -> None:
    assert find_check(column_of(50, 0, "luhn"), "c", holds=1.0) == CheckDigit("c", "Luhn")
    spaced = column_of(50, 0).str.replace(r"^(\d{4})", "${1}-").str.replace(r"(\d{2})$", " ${1}")
    assert spaced[0].count("-") == spaced[0].count(" ") == 1
    check = find_check(spaced, "c", holds=1.0)
    assert check == CheckDigit("c", "EAN")
    rows = pl.DataFrame({"c": [spaced[0], None, "1000-0001", "none", spaced[1].replace("-", "")]})
    assert check is not None and check.broken(rows).tolist() == [False, False, True, True, False]
    assert check.name == "`c` with a wrong check digit (EAN)"


def test_of_very_many_values_an_even_sample_is_tried() -> None:
    many = column_of(3 * MOST_VALUES, 0)
    assert find_check(many, "c", holds=1.0) == CheckDigit("c", "EAN")
    assert find_check(pl.concat([many, many]), "c", holds=1.0) == CheckDigit("c", "EAN")
    half = pl.concat([many[: len(many) // 2], many[len(many) // 2 :].str.replace(r"\d$", "x")])
    assert find_check(half, "c", holds=0.6) is None
