"""What becomes of an alert in one round after another: by the answer, by the time, and by who knows its webhook."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from outcross.jobs.automation import outbox
from outcross.jobs.automation.intervals import read_interval
from outcross.jobs.automation.outbox import Answer, Outbox, Round, _subject, post
from outcross.resources.errors import BadInput

HOOKS = {"study/a": "http://one", "study/b": "http://two", "corpus/a": "http://two", "corpus/none": None}
SENT, LATER, NEVER = Answer(200, "ok"), Answer(503, "busy"), Answer(404, "gone")


class Posted:
    """An outbox whose posts are answered as a test says, on a clock that it sets."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch):
        self.box, self.answer, self.now, self.seconds = Outbox(folder), SENT, 1000.0, 0.0
        self.posted: list[tuple[str, str]] = []
        self.takes = 0.0
        monkeypatch.setattr(outbox, "post", self._post)

    def _post(self, url: str, name: str, alert: dict[str, Any]) -> Answer:
        assert alert["id"] == name
        self.posted.append((url, name))
        self.seconds += self.takes
        return self.answer

    def round(self) -> Round:
        self.posted.clear()
        return self.box.deliver(HOOKS, clock=lambda: self.now, stopwatch=lambda: self.seconds)


@pytest.fixture
def posted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Posted:
    return Posted(tmp_path / "alerts", monkeypatch)


def test_an_alert_waits_twice_as_long_after_each_failure_up_to_an_hour(posted: Posted) -> None:
    posted.box.add("x", {"study": "a"})
    posted.answer = LATER
    waits = []
    for attempt in range(1, 14):
        assert posted.round() == Round(waiting=1)
        kept = posted.box.read("x")
        assert (kept["attempts"], kept["answer"]) == (attempt, {"status": 503, "text": "busy", "at": posted.now})
        waits.append(kept["next"] - posted.now)
        posted.now = kept["next"] - 0.5
        assert posted.round() == Round(waiting=1) and posted.posted == [], "it is not due yet"
        posted.now = kept["next"]
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600]
    posted.answer = SENT
    assert posted.round() == Round(sent=1)
    assert (posted.box.names(), posted.box.names("sent")) == ([], ["x"])


@pytest.mark.parametrize(
    ("answer", "made", "state"),
    [
        (SENT, Round(sent=1), "sent"),
        (Answer(299, ""), Round(sent=1), "sent"),
        (Answer(199, ""), Round(waiting=1), "outbox"),
        (Answer(300, ""), Round(refused=1), "refused"),
        (NEVER, Round(refused=1), "refused"),
        (Answer(499, ""), Round(refused=1), "refused"),
        (Answer(408, ""), Round(waiting=1), "outbox"),
        (Answer(429, ""), Round(waiting=1), "outbox"),
        (Answer(500, ""), Round(waiting=1), "outbox"),
        (Answer(0, "no answer"), Round(waiting=1), "outbox"),
    ],
)
def test_an_answer_decides_where_an_alert_goes(posted: Posted, answer: Answer, made: Round, state: str) -> None:
    posted.box.add("x", {"corpus": "a"})
    posted.answer = answer
    assert posted.round() == made
    assert posted.posted == [("http://two", "x")]
    assert posted.box.names(state) == ["x"]
    assert posted.box.add("x", {"corpus": "a"}) is False, "it has this name in whatever state"


def test_alerts_go_by_study_and_corpus_and_those_of_others_are_left(posted: Posted) -> None:
    alerts = {"1": {"study": "a"}, "2": {"corpus": "a"}, "3": {"corpus": "none"}, "4": {"study": "z"}, "5": {}}
    for name, alert in alerts.items():
        assert posted.box.add(name, alert) is True
    assert posted.round() == Round(sent=2, unaddressed=2, elsewhere=1)
    assert posted.posted == [("http://one", "1"), ("http://two", "2")]
    assert (posted.box.names(), posted.box.names("unaddressed")) == (["4"], ["3", "5"])


def test_a_receiver_that_fails_is_left_for_this_round_and_another_is_not(posted: Posted) -> None:
    for name, study in (("1", "a"), ("2", "a"), ("3", "b")):
        posted.box.add(name, {"study": study})
    posted.answer = LATER
    assert posted.round() == Round(waiting=3)
    assert [name for _, name in posted.posted] == ["1", "3"]
    posted.now += 5
    posted.answer = NEVER
    assert posted.round() == Round(refused=3), "a refusal is no failure of the receiver"


def test_a_round_ends_once_its_time_is_up(posted: Posted) -> None:
    for number in range(5):
        posted.box.add(str(number), {"study": "a"})
    posted.takes = 15.0
    assert posted.round() == Round(sent=3, waiting=2), "after 0, 15 and 30 seconds one is posted, and none after 45"
    posted.takes = 0.0
    assert posted.round() == Round(sent=2)


def test_what_is_no_alert_is_named_and_stays(posted: Posted) -> None:
    posted.box.add("x", {"study": "a"})
    for name, content in {"bad": "{", "list": "[]", "text": '"x"', "none": '{"alert": null, "next": 0}'}.items():
        (posted.box.folder / "outbox" / f"{name}.json").write_text(content)
    (posted.box.folder / "outbox" / ".hidden.json").write_text("{")
    assert posted.round() == Round(sent=1, damaged=("bad", "list", "none", "text"))
    assert posted.box.names() == ["bad", "list", "none", "text"]


def test_a_subject_is_a_study_before_a_corpus_and_may_lack() -> None:
    assert [_subject(alert) for alert in ({"study": "a", "corpus": "b"}, {"study": None, "corpus": "b"}, {})] == [
        "study/a",
        "corpus/b",
        None,
    ]


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("a", True),
        ("A.b_c-1", True),
        ("x" * 200, True),
        ("x" * 201, False),
        ("-a", False),
        ("a b", False),
        ("a\n", False),
    ],
)
def test_a_name_is_of_at_most_200_plain_characters(posted: Posted, name: str, good: bool) -> None:
    if good:
        assert posted.box.add(name, {})
        return
    with pytest.raises(ValueError, match="cannot name an alert"):
        posted.box.add(name, {})


@pytest.mark.parametrize(
    ("raises", "kept"),
    [(lambda: OSError("no route " + "x" * 600), 500), (lambda: ValueError("bad URL"), len("ValueError: bad URL"))],
)
def test_no_answer_is_told_by_its_fault_up_to_500_characters(
    raises: Callable[[], Exception], kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Opener:
        def open(self, request: Any, timeout: float) -> None:
            assert (request.get_method(), timeout) == ("POST", 5.0)
            assert request.get_header("Idempotency-key") == "x"
            raise raises()

    monkeypatch.setattr(outbox, "_OPENER", Opener())
    found = post("https://one", "x", {"a": 1})
    assert (found.status, len(found.text)) == (0, kept)
    assert found.text.startswith(f"{type(raises()).__name__}: ")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(None, 30), ("1", 1), ("86400", 86400), ("0", None), ("", None), ("-1", None), ("1.5", None), ("٣", None)],
)
def test_an_interval_is_a_positive_whole_number(
    value: str | None, seconds: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOME_SECONDS", raising=False)
    if value is not None:
        monkeypatch.setenv("SOME_SECONDS", value)
    if seconds is not None:
        assert read_interval("SOME_SECONDS", 30) == seconds
        return
    with pytest.raises(BadInput, match=rf"^SOME_SECONDS is '{value}': set it to a number of seconds, 1 or more"):
        read_interval("SOME_SECONDS", 30)


def test_an_alert_whose_webhook_is_no_url_or_whose_file_cannot_be_read_leaves_the_others_to_be_posted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = Outbox(tmp_path / "alerts")
    sent = []
    monkeypatch.setattr(outbox._OPENER, "open", lambda request, timeout: sent.append(request.full_url) or BytesAnswer())
    box.add("a", {"corpus": "typo"})
    (tmp_path / "alerts" / outbox.OUTBOX / "b.json").mkdir()
    box.add("c", {"corpus": "fine"})
    made = box.deliver({"corpus/typo": "http://[::1", "corpus/fine": "http://127.0.0.1:9/hook"})
    assert sent == ["http://127.0.0.1:9/hook"]
    assert (made.refused, made.damaged, made.sent) == (1, ("b",), 1)
    assert "a webhook is a URL" in box.read("a", outbox.REFUSED)["answer"]["text"]


class BytesAnswer(io.BytesIO):
    """What a receiver answers that takes everything."""

    status = 200


def test_an_alert_joins_one_of_its_cause_whatever_other_corpora_wait_before_it(posted: Posted) -> None:
    told = {"kind": "batch", "cause": "drift", "status": "held", "text": "held", "at": "2026-03-01T12:00:00+00:00"}
    cause = told | {"batch": "b", "file": "f", "rows": 1, "command": "c", "link": "l"}
    posted.box.add("another-1", cause | {"corpus": "another", "id": "another-1"})
    posted.box.add("own-1", cause | {"corpus": "own", "id": "own-1"})
    posted.box.add_or_join("own-2", cause | {"corpus": "own", "id": "own-2"})
    assert posted.box.names() == ["another-1", "own-1"]
