import ast
import inspect
import re
import statistics
import textwrap
import unicodedata

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcross.resources import scripts
from outcross.resources.tokens import detokenize, has_words, lack_words, needs_normalising, tokenize

SCRIPTS = (
    "你好世界。、ですがカﾞกิ้ำสวัດີກខ្មែរမြန်မာ한국 ab3'’.,=\"_"
    "\n\t\u0301\u0e31\u3000\u200b\u200c\u200d\ufe0f👩💻🏽🇩🇪❤1\u20e3#İ葛\U000e0100"
)
TEXTS = st.one_of(st.text(), st.text(alphabet=SCRIPTS))


def test_words_and_marks_are_tokens_and_case_is_kept() -> None:
    assert tokenize("Don't stop, Ann: 3.5 (or_so)!") == [
        "Don't", "stop", ",", "Ann", ":", "3", ".", "5", "(", "or_so", ")", "!",
    ]  # fmt: skip


def test_combining_marks_stay_in_their_word_in_composed_form() -> None:
    assert tokenize("हिन्दी e\u0301te\u0301 naïve") == ["हिन्दी", "été", "naïve"]


def test_an_apostrophe_at_the_edge_of_a_word_is_a_mark() -> None:
    assert tokenize("'if' l’été") == ["'", "if", "'", "l’été"]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("我用Python写，2024年。", ["我", "用", "Python", "写", "，", "2024", "年", "。"]),
        ("カタカナとｶﾞ𠮷", ["カ", "タ", "カ", "ナ", "と", "ｶ", "ﾞ", "𠮷"]),
        ("ที่นี่ ก็", ["ที่", "นี่", "ก็"]),
        ("ສະບາຍດີ", ["ສ", "ະ", "ບ", "າ", "ຍ", "ດີ"]),
        ("ខ្មែរ", ["ខ្", "មែ", "រ"]),
        ("မြန်မာ", ["မြ", "န်", "မာ"]),
        ("한국어 текст", ["한국어", "текст"]),
    ],
)
def test_scripts_without_spaces_have_a_token_a_character_with_its_marks(text: str, tokens: list[str]) -> None:
    assert tokenize(text) == tokens


@given(st.text(alphabet=st.characters(codec="ascii") | st.sampled_from("ab'\n ")))
def test_a_text_has_the_same_tokens_beside_a_letter_of_another_script(text: str) -> None:
    beside = tokenize(f"é {text}")[1:]
    assert tokenize(text) == (beside if has_words(beside) else [])


@pytest.mark.parametrize("text", ["我们在海边找到了两只小船。", "ひらがなとカタカナ、漢字。", "สวัสดีครับ", "ខ្មែរ"])
def test_spaces_between_words_change_no_token_and_none_are_written(text: str) -> None:
    assert tokenize(" ".join(text)) == tokenize(text) or tokenize(f"{text[:4]} {text[4:]}") == tokenize(text)
    assert detokenize(tokenize(text)) == text


def test_an_emoji_is_one_mark_with_its_tone_joiners_and_selector() -> None:
    emoji = ["👩\u200d💻", "❤️", "🇩🇪", "🇫🇷", "1️⃣", "👍🏽", "☺"]
    assert tokenize("".join(emoji)) == emoji


def test_zero_width_characters_are_no_tokens_but_the_joiners_of_words_are_kept() -> None:
    assert tokenize("foo\u200bbar co\u00adop \u200e\ufeff") == ["foobar", "coop"]
    assert tokenize("می\u200cخواهم \u200c") == ["می\u200cخواهم"]


@pytest.mark.parametrize(
    ("text", "changes"), [("naïve", False), ("nai\u0308ve", True), ("a\u200bb", True), ("ab", False)]
)
def test_what_is_read_in_another_form_is_known(text: str, changes: bool) -> None:
    assert needs_normalising(text) is changes


@pytest.mark.parametrize("text", [" \t\n\u00a0\u2028", "", "\u200b\n  ", "\u200d", "\ufe0f"])
def test_a_text_without_visible_characters_has_no_tokens(text: str) -> None:
    assert tokenize(text) == []
    assert lack_words(pl.Series([text, "a", None, "。"])).to_list() == [True, False, True, False]


def test_line_breaks_are_tokens_with_the_indentation_behind_them() -> None:
    code = "def f(x):\r\n    if x:\n\treturn x\n\n"
    assert tokenize(code) == [
        "def",
        "f",
        "(",
        "x",
        ")",
        ":",
        "\n    ",
        "if",
        "x",
        ":",
        "\n\t",
        "return",
        "x",
        "\n",
        "\n",
    ]
    assert tokenize(code, lines=False) == tokenize(" ".join(code.split()))
    assert detokenize(tokenize(code)) == "def f ( x ) :\n    if x :\n\treturn x\n\n"


def test_code_still_parses_when_it_is_written_back() -> None:
    functions = [part for name, part in vars(statistics).items() if inspect.isfunction(part)]
    sources = [textwrap.dedent(inspect.getsource(each)) for each in functions]
    kept = [_parses(detokenize(tokenize(source))) for source in sources]
    flat = [_parses(detokenize(tokenize(source, lines=False))) for source in sources]
    assert len(kept) >= 30
    assert sum(kept) >= 0.9 * len(kept)
    assert sum(flat) <= 0.1 * len(flat)


def _parses(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


@given(TEXTS)
def test_tokens_survive_being_joined_and_split_again(text: str) -> None:
    tokens = tokenize(text)
    assert tokenize(detokenize(tokens)) == tokens


@given(TEXTS)
def test_no_visible_character_is_lost(text: str) -> None:
    dropped = set(_characters(scripts.INVISIBLE + scripts.JOINERS + scripts.VARIANTS))

    def seen(text: str) -> list[str]:
        return sorted(each for each in unicodedata.normalize("NFD", text) if not (each.isspace() or each in dropped))

    assert seen("".join(tokenize(text))) == seen(text)


@given(st.lists(TEXTS))
def test_tokens_joined_in_any_selection_stay_the_same_tokens(texts: list[str]) -> None:
    tokens = [token for text in texts for token in tokenize(text)][::2]
    assert tokenize(detokenize(tokens)) == (tokens if has_words(tokens) else [])


def _characters(inside: str) -> str:
    """Return the characters of the inside of a class of characters."""
    return (
        "".join(
            "".join(map(chr, range(ord(low), ord(high) + 1))) for low, _, high in re.findall(r"(.)(-)(.)", inside, re.S)
        )
        + inside
    )
