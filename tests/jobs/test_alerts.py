"""Alerts: each one arrives once, even if the receiver fails for a while."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from filelock import FileLock

from outcross.assets.study.study import Study
from outcross.jobs.automation.alerts import alert_sensors
from outcross.jobs.automation.outbox import (
    BUDGET,
    FIRST_WAIT,
    LONGEST_WAIT,
    OUTBOX,
    REFUSED,
    SENT,
    UNADDRESSED,
    Answer,
    Outbox,
    Round,
    open_outbox,
)
from outcross.jobs.definitions import build_definitions
from tests.jobs.corpora import Receiver, corpus, free_port, receiving
from tests.jobs.workplace import SMALL, own_instance


@pytest.fixture
def box(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "alerts")


@pytest.fixture
def receiver() -> Receiver:
    return Receiver(free_port())


class Clock:
    """A clock that the test sets."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def states(box: Outbox) -> dict[str, list[str]]:
    found = {state: box.names(state) for state in (OUTBOX, SENT, REFUSED, UNADDRESSED)}
    return {state: names for state, names in found.items() if names}


def test_a_receiver_that_is_down_then_fails_then_works_gets_every_alert_once(box: Outbox, receiver: Receiver) -> None:
    hooks, clock = {"corpus/people": receiver.url}, Clock()
    for name in ("run-1", "run-2"):
        assert box.add(name, {"corpus": "people", "text": name})
    assert box.deliver(hooks, clock=clock) == Round(waiting=2)
    assert box.read("run-1")["attempts"] == 1
    assert box.read("run-2")["attempts"] == 0, "a receiver that is down is tried once a round"
    with receiving(receiver):
        receiver.status = 500
        clock.now += FIRST_WAIT
        assert box.deliver(hooks, clock=clock).waiting == 2
        assert box.read("run-1")["answer"]["status"] == 500
        clock.now += FIRST_WAIT
        assert box.deliver(hooks, clock=clock).sent == 0, "run-1 waits twice as long now, and run-2 has failed too"
        receiver.status = 204
        clock.now += 2 * FIRST_WAIT
        box.deliver(hooks, clock=clock)
        assert states(box) == {SENT: ["run-1", "run-2"]}
        before = list(receiver.posts)
        assert not box.add("run-1", {"corpus": "people", "text": "again"})
        clock.now += 10 * LONGEST_WAIT
        assert box.deliver(hooks, clock=clock).sent == 0
    assert receiver.posts == before
    taken = [key for key, _ in receiver.posts[-2:]]
    assert sorted(taken) == ["run-1", "run-2"]
    assert all(key == body["id"] for key, body in receiver.posts)


@pytest.mark.parametrize("status", [400, 401, 404, 410, 302])
def test_an_alert_that_is_refused_for_good_is_stored_with_the_answer(
    box: Outbox, receiver: Receiver, status: int
) -> None:
    receiver.status, receiver.words = status, "no such channel"
    receiver.location = receiver.url if status == 302 else ""
    box.add("run-1", {"corpus": "people"})
    with receiving(receiver):
        assert box.deliver({"corpus/people": receiver.url}).refused == 1
        assert box.deliver({"corpus/people": receiver.url}).refused == 0
    kept = box.read("run-1", REFUSED)
    assert (kept["answer"]["status"], kept["answer"]["text"]) == (status, "no such channel")
    assert len(receiver.posts) == 1
    assert not box.add("run-1", {"corpus": "people"}), "it is not posted again"
    assert states(box) == {REFUSED: ["run-1"]}


@pytest.mark.parametrize(
    ("statuses", "accepted", "final"),
    [
        ([200, 201, 204, 299], True, False),
        ([300, 308, 399, 400, 404, 410, 499], False, True),
        ([0, 100, 199, 408, 429, 500, 503, 599], False, False),
    ],
)
def test_a_status_accepts_refuses_for_good_or_leaves_it_open(statuses: list[int], accepted: bool, final: bool) -> None:
    answers = [Answer(status, "") for status in statuses]
    assert [each.is_accepted for each in answers] == [accepted] * len(answers)
    assert [each.is_final for each in answers] == [final] * len(answers)


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_an_alert_without_a_final_answer_waits_longer_each_time(box: Outbox, receiver: Receiver, status: int) -> None:
    receiver.status, clock, waits = status, Clock(), []
    box.add("run-1", {"corpus": "people"})
    with receiving(receiver):
        for _ in range(12):
            box.deliver({"corpus/people": receiver.url}, clock=clock)
            waits.append(box.read("run-1")["next"] - clock.now)
            clock.now = box.read("run-1")["next"]
    assert waits[:3] == [FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT]
    assert waits[-1] == LONGEST_WAIT
    assert states(box) == {OUTBOX: ["run-1"]}


def test_one_receiver_that_is_down_does_not_delay_another(box: Outbox, receiver: Receiver) -> None:
    box.add("a", {"corpus": "down"})
    box.add("b", {"corpus": "people"})
    with receiving(receiver):
        box.deliver({"corpus/down": f"http://127.0.0.1:{free_port()}/", "corpus/people": receiver.url})
    assert states(box) == {OUTBOX: ["a"], SENT: ["b"]}


def test_an_alert_without_a_webhook_is_stored_and_not_posted(box: Outbox, receiver: Receiver) -> None:
    box.add("a", {"corpus": None, "text": "a study failed"})
    with receiving(receiver):
        assert box.deliver({"corpus/people": receiver.url}).unaddressed == 1
    assert not box.add("a", {"corpus": None})
    assert states(box) == {UNADDRESSED: ["a"]}
    assert receiver.posts == []


def test_a_slow_receiver_ends_the_round_and_the_next_one_goes_on(box: Outbox, receiver: Receiver) -> None:
    for name in ("a", "b", "c"):
        box.add(name, {"corpus": "people"})
    passed = Clock()

    def slowly() -> float:
        passed.now += BUDGET / 1.5
        return passed.now

    with receiving(receiver):
        rounds = [box.deliver({"corpus/people": receiver.url}, stopwatch=slowly) for _ in range(3)]
    assert rounds == [Round(sent=1, waiting=2), Round(sent=1, waiting=1), Round(sent=1)]
    assert [key for key, _ in receiver.posts] == ["a", "b", "c"]


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/"])
def test_only_http_and_https_are_accepted(box: Outbox, url: str) -> None:
    box.add("a", {"corpus": "people"})
    assert box.deliver({"corpus/people": url}).refused == 1
    assert "http" in box.read("a", REFUSED)["answer"]["text"]


def test_a_file_that_is_not_an_alert_stops_no_other(box: Outbox, receiver: Receiver) -> None:
    box.add("b", {"corpus": "people"})
    for name, content in (("a", "{"), ("c", "[]"), ("d", '{"alert": 3, "next": 0}')):
        (box.folder / OUTBOX / f"{name}.json").write_text(content)
    (box.folder / OUTBOX / ".e.json").write_text("half")
    with receiving(receiver):
        made = box.deliver({"corpus/people": receiver.url})
    assert (made.sent, made.damaged) == (1, ("a", "c", "d"))


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "x" * 300])
def test_a_name_that_is_not_a_plain_file_name_is_refused(box: Outbox, name: str) -> None:
    with pytest.raises(ValueError, match="cannot name an alert"):
        box.add(name, {})


@dg.op
def break_down() -> None:
    raise RuntimeError("the <@everyone> disk\nis full")


@dg.graph
def breaking() -> None:
    break_down()


def fail(instance: dg.DagsterInstance, **tags: str) -> str:
    """Let a run with these tags fail; return its id."""
    job = breaking.to_job(tags={name.replace("__", "/"): value for name, value in tags.items()})
    return job.execute_in_process(instance=instance, raise_on_error=False).run_id


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setenv("OUTCROSS_HOME", str(tmp_path / "home"))
    with own_instance(tmp_path) as instance:
        yield instance


def test_every_failure_is_recorded_once_and_posted_to_the_webhook_of_its_corpus(
    tmp_path: Path, instance: dg.DagsterInstance, receiver: Receiver
) -> None:
    recorder, poster = alert_sensors([], [corpus(tmp_path, webhook=receiver.url)])
    cursor = None

    def tick() -> None:
        nonlocal cursor
        cursor = recorder.evaluate_tick(dg.build_sensor_context(instance, cursor=cursor)).cursor
        poster.evaluate_tick(dg.build_sensor_context(instance))

    runs = [fail(instance, outcross__corpus="people")]
    tick()
    assert open_outbox().names() == runs, "the receiver is down"
    runs.append(fail(instance, outcross__corpus="people"))
    tick()
    cursor = None  # as if it had been reset
    tick()
    assert sorted(open_outbox().names()) == sorted(runs)
    with receiving(receiver):
        due = {name: open_outbox().read(name) | {"next": 0} for name in open_outbox().names()}
        for name, kept in due.items():
            (open_outbox().folder / OUTBOX / f"{name}.json").write_text(json.dumps(kept))
        tick()
        tick()
    posted: dict[str, Any] = {body["run"]: body for _, body in receiver.posts}
    assert len(receiver.posts) == 2 and set(posted) == set(runs)
    one = posted[runs[0]]
    assert (one["corpus"], one["job"], one["kind"]) == ("people", "breaking", "run")
    assert one["text"] == f"corpus people: run {runs[0][:8]} of breaking failed"
    assert "disk is full" in one["reasons"][0] and "<" not in one["reasons"][0]
    assert str(receiver.url) not in json.dumps(one)


def test_of_more_failures_than_a_tick_takes_the_earliest_are_recorded_first(
    tmp_path: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outcross.jobs.automation.alerts._AT_ONCE", 1)
    recorder, _ = alert_sensors([], [corpus(tmp_path)])
    runs, cursor = [fail(instance, outcross__corpus="people") for _ in range(2)], None
    for told in (runs[:1], runs, runs):
        cursor = recorder.evaluate_tick(dg.build_sensor_context(instance, cursor=cursor)).cursor
        assert sorted(open_outbox().names()) == sorted(told)


def test_a_failed_lineage_of_a_study_is_posted_to_the_webhook_of_the_study(
    instance: dg.DagsterInstance, tmp_path: Path, receiver: Receiver
) -> None:
    settings = {**SMALL, "source": {"kind": "files", "path": str(tmp_path / "gone.csv")}, "webhook": receiver.url}
    study = Study.model_validate(settings)
    job = build_definitions([study], root=str(tmp_path / "data")).resolve_job_def("small_lineages")
    run = job.execute_in_process(instance=instance, partition_key="replace", raise_on_error=False).run_id
    recorder, poster = alert_sensors([study], [])
    with receiving(receiver):
        recorder.evaluate_tick(dg.build_sensor_context(instance))
        poster.evaluate_tick(dg.build_sensor_context(instance))
    ((_, told),) = receiver.posts
    assert told["text"] == f"study small, lineage replace: run {run[:8]} of small_lineages failed"
    assert (told["study"], told["corpus"], told["lineage"], told["run"]) == ("small", None, "replace", run)
    assert "small__gen_01__dataset" in told["reasons"][0]


def test_a_study_and_a_corpus_of_the_same_name_have_their_own_webhooks(box: Outbox, receiver: Receiver) -> None:
    box.add("a", {"study": "people", "corpus": None})
    box.add("b", {"study": None, "corpus": "people"})
    with receiving(receiver):
        assert box.deliver({"study/people": receiver.url, "corpus/people": None}).sent == 1
    assert states(box) == {SENT: ["a"], UNADDRESSED: ["b"]}


def test_an_alert_is_left_to_the_code_location_that_knows_its_study(box: Outbox, receiver: Receiver) -> None:
    box.add("a", {"study": "theirs"})
    assert box.deliver({"study/ours": receiver.url}) == Round(elsewhere=1)
    with receiving(receiver), FileLock(box.folder / ".posting.lock"):
        assert box.deliver({"study/theirs": receiver.url}) == Round(waiting=1), "another process posts"
    with receiving(receiver):
        assert box.deliver({"study/theirs": receiver.url}).sent == 1
    assert len(receiver.posts) == 1


def test_two_code_locations_tell_a_failure_once_between_them(
    instance: dg.DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = Study.model_validate(SMALL)
    runs = [fail(instance, outcross__study="small") for _ in range(2)]
    noted = []
    for home in ("one", "two"):
        monkeypatch.setenv("OUTCROSS_HOME", str(tmp_path / home))
        alert_sensors([known], [])[0].evaluate_tick(dg.build_sensor_context(instance))
        noted += open_outbox().names()
    assert sorted(noted) == sorted(runs)


@pytest.mark.parametrize(
    ("tags", "ours"),
    [
        ({}, False),
        ({"outcross__study": "another"}, False),
        ({"outcross__study": "small"}, True),
        ({"outcross__study": "small", ".dagster__repository": "__repository__@here"}, True),
        ({"outcross__study": "small", ".dagster__repository": "__repository__@elsewhere"}, False),
        ({"outcross__study": "small", ".dagster__repository": "__repository__@a", "outcross__worker": "1"}, True),
    ],
)
def test_a_run_of_a_foreign_code_location_is_not_ours_to_report(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch, tags: dict[str, str], ours: bool
) -> None:
    monkeypatch.setattr("outcross.jobs.automation.alerts.location_name", lambda _: "here")
    run = fail(instance, **tags)
    alert_sensors([Study.model_validate(SMALL)], [])[0].evaluate_tick(dg.build_sensor_context(instance))
    assert open_outbox().names() == ([run] if ours else [])


@pytest.mark.parametrize("webhook", ["ftp://x/y", "file:///etc/passwd", "https://", "javascript:alert(1)", "x.org"])
def test_a_webhook_that_is_not_a_web_address_is_refused_with_the_corpus(tmp_path: Path, webhook: str) -> None:
    with pytest.raises(ValueError, match="webhook"):
        corpus(tmp_path, webhook=webhook)


def test_the_webhook_of_a_study_is_no_part_of_what_it_makes(tmp_path: Path) -> None:
    plain = Study.model_validate(SMALL)
    told = Study.model_validate({**SMALL, "webhook": "https://chat.example/secret"})
    assert [told.fingerprint(each) for each in told.lineages] == [plain.fingerprint(each) for each in plain.lineages]
