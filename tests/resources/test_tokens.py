from hypothesis import given
from hypothesis import strategies as st

from outcross.resources.tokens import detokenize, tokenize


def test_words_and_marks_are_tokens_and_case_is_kept() -> None:
    assert tokenize("Don't stop, Ann: 3.5 (or_so)!") == [
        "Don't", "stop", ",", "Ann", ":", "3", ".", "5", "(", "or_so", ")", "!",
    ]  # fmt: skip


def test_combining_marks_stay_in_their_word() -> None:
    assert tokenize("हिन्दी e\u0301te\u0301 naïve") == ["हिन्दी", "e\u0301te\u0301", "naïve"]


def test_an_apostrophe_at_the_edge_of_a_word_is_a_mark() -> None:
    assert tokenize("'if' l’été") == ["'", "if", "'", "l’été"]


def test_a_text_without_visible_characters_has_no_tokens() -> None:
    assert tokenize(" \t\n\u00a0\u2028") == []


@given(st.text())
def test_tokens_survive_being_joined_and_split_again(text: str) -> None:
    tokens = tokenize(text)
    assert tokenize(detokenize(tokens)) == tokens


@given(st.text())
def test_no_visible_character_is_lost(text: str) -> None:
    assert "".join(tokenize(text)) == "".join(text.split())


@given(st.lists(st.text()))
def test_tokens_joined_in_any_selection_stay_the_same_tokens(texts: list[str]) -> None:
    tokens = [token for text in texts for token in tokenize(text)][::2]
    assert tokenize(detokenize(tokens)) == tokens
