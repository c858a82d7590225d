"""A durable outbox of alerts: one file per alert, posted until a webhook accepts or refuses it.

The folder holds ``outbox/`` (to be posted), ``sent/`` (accepted), ``refused/`` (refused for good, stored with the
answer) and ``unaddressed/`` (its study or corpus has no webhook). Every alert is in exactly one of them and is never
lost: a file is written whole, and moved by renaming it. Without an answer, an alert is posted again at growing
intervals; its ``Idempotency-Key`` lets a receiver recognise a duplicate. A file that is moved back into ``outbox/`` is
posted again.
"""

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from outcross.jobs.automation.same_cause import is_same_cause, join
from outcross.jobs.files.home import home
from outcross.resources.atomic_file import make_folder, move_file, replace_file

OUTBOX, SENT, REFUSED, UNADDRESSED = "outbox", "sent", "refused", "unaddressed"
TIMEOUT = 5.0
"""Seconds to wait for a receiver."""
FIRST_WAIT, LONGEST_WAIT = 5.0, 3600.0
"""Seconds from a failed attempt to the next; they double each time."""
BUDGET = 30.0
"""Seconds that one round of posting may take; Dagster stops a sensor after 60."""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_KEPT = 500
_LOCK = ".posting.lock"
_TRY_AGAIN = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}


@dataclass(frozen=True)
class Answer:
    """The answer of a receiver; a status of 0 means no answer."""

    status: int
    text: str

    @property
    def is_accepted(self) -> bool:
        """Whether the receiver accepted the alert."""
        return 200 <= self.status < 300

    @property
    def is_final(self) -> bool:
        """Whether the receiver would refuse the same alert again."""
        return 300 <= self.status < 500 and self.status not in _TRY_AGAIN


@dataclass(kw_only=True)
class Round:
    """The result of one round of posting: the number of alerts by what became of them."""

    sent: int = 0
    refused: int = 0
    unaddressed: int = 0
    waiting: int = 0
    elsewhere: int = 0
    damaged: tuple[str, ...] = ()


def open_outbox() -> "Outbox":
    """Open the outbox of this instance: ``alerts`` below the home folder."""
    return Outbox(home() / "alerts")


class Outbox:
    """A folder of alerts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, name: str, alert: Mapping[str, Any]) -> bool:
        """Add an alert to the outbox; return whether it is new, that is, no alert has this name.

        Args:
            name: letters, digits, ``.``, ``_`` and ``-``.
            alert: the JSON object to post; its ``study`` or ``corpus`` selects the webhook.
        """
        if not _ID.fullmatch(name):
            raise ValueError(f"{name!r:.100} cannot name an alert: use letters, digits, '.', '_' and '-'")
        if any(self._path(state, name).exists() for state in (OUTBOX, SENT, REFUSED, UNADDRESSED)):
            return False
        _write(self._path(OUTBOX, name), {"alert": {**alert, "id": name}, "attempts": 0, "next": 0.0, "answer": None})
        return True

    def add_or_join(self, name: str, alert: Mapping[str, Any]) -> bool:
        """Add an alert of a batch; where one of the same cause waits or was accepted, join it instead.

        The batches that joined are under ``more`` of that alert, see :mod:`.same_cause`. So a cause is posted once,
        and its later batches are in the weekly digest. While another process posts, nothing is joined.
        """
        make_folder(self.folder)
        try:
            with FileLock(self.folder / _LOCK, timeout=0):
                return self._join(name, alert) or self.add(name, alert)
        except Timeout:
            return self.add(name, alert)

    def _join(self, name: str, alert: Mapping[str, Any]) -> bool:
        if any(self._path(state, name).exists() for state in (OUTBOX, SENT, REFUSED, UNADDRESSED)):
            return False
        for state, other in [*((OUTBOX, each) for each in self.names()), *((SENT, each) for each in self.names(SENT))]:
            if not other.startswith(f"{alert['corpus']}-"):
                continue
            try:
                kept = self.read(other, state)
                if not is_same_cause(kept["alert"], alert):
                    continue
                kept["alert"] = join(kept["alert"], name, alert, posted=state == SENT or kept["attempts"] > 0)
            except (ValueError, KeyError, TypeError, OSError):
                continue
            _write(self._path(state, other), kept)
            return True
        return False

    def names(self, state: str = OUTBOX) -> list[str]:
        """Return the names of the alerts in a state, sorted."""
        return sorted(path.stem for path in (self.folder / state).glob("[!.]*.json"))

    def read(self, name: str, state: str = OUTBOX) -> dict[str, Any]:
        """Read an alert with its number of attempts and its last answer."""
        result: dict[str, Any] = json.loads(self._path(state, name).read_bytes())
        return result

    def deliver(
        self,
        webhooks: Mapping[str, str | None],
        *,
        clock: Callable[[], float] = time.time,
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> Round:
        """Post the alerts that are due. A receiver that fails is skipped for the rest of the round.

        One process posts at a time; the others leave all alerts to it. The alerts of a study or corpus that is not
        named are left to the code location that knows it.

        Args:
            webhooks: ``study/NAME`` or ``corpus/NAME`` → URL, or None if it has none.
            clock: seconds since 1970.
            stopwatch: seconds since any moment; it measures the round.
        """
        make_folder(self.folder)
        try:
            with FileLock(self.folder / _LOCK, timeout=0):
                return self._deliver(webhooks, clock, stopwatch)
        except Timeout:
            return Round(waiting=len(self.names()))

    def _deliver(
        self, webhooks: Mapping[str, str | None], clock: Callable[[], float], stopwatch: Callable[[], float]
    ) -> Round:
        made, failing, began, damaged = Round(), set[str](), stopwatch(), []
        for name in self.names():
            try:
                kept = self.read(name)
                alert, due = kept["alert"], kept["next"] <= clock()
                subject = _subject(alert)
                address = None if subject is None else webhooks.get(subject)
            except (ValueError, KeyError, TypeError, AttributeError, OSError):
                damaged.append(name)
                continue
            if subject is not None and subject not in webhooks:
                made.elsewhere += 1
            elif address is None:
                self._move(name, UNADDRESSED)
                made.unaddressed += 1
            elif not due or address in failing or stopwatch() - began > BUDGET:
                made.waiting += 1
            else:
                answer = post(address, name, alert)
                kept["attempts"] += 1
                kept["answer"] = {"status": answer.status, "text": answer.text, "at": clock()}
                if answer.is_accepted:
                    self._move(name, SENT)
                    made.sent += 1
                    continue
                wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(kept["attempts"] - 1, 30))
                kept["next"] = clock() + wait
                _write(self._path(OUTBOX, name), kept)
                if answer.is_final:
                    self._move(name, REFUSED)
                    made.refused += 1
                else:
                    failing.add(address)
                    made.waiting += 1
        made.damaged = tuple(damaged)
        return made

    def _path(self, state: str, name: str) -> Path:
        return self.folder / state / f"{name}.json"

    def _move(self, name: str, state: str) -> None:
        move_file(self._path(OUTBOX, name), self._path(state, name))


def _subject(alert: Mapping[str, Any]) -> str | None:
    """Return the key of an alert's webhook; None for one of an earlier version that names no corpus."""
    study, corpus = alert.get("study"), alert.get("corpus")
    return f"study/{study}" if study else f"corpus/{corpus}" if corpus else None


def post(url: str, name: str, alert: Mapping[str, Any]) -> Answer:
    """Post an alert. Redirects are not followed: if a receiver moves, its new URL belongs in the corpus file."""
    try:
        is_http = urlsplit(url).scheme in {"http", "https"}
    except ValueError as error:
        return Answer(400, f"a webhook is a URL ({error}); correct 'webhook' in the file of the study or corpus")
    if not is_http:
        return Answer(400, "a webhook is an http or https URL; correct 'webhook' in the file of the study or corpus")
    headers = {"Content-Type": "application/json", "Idempotency-Key": name, "User-Agent": "outcross"}
    try:
        body = json.dumps(alert).encode()
        request = urllib.request.Request(url, body, headers, method="POST")  # noqa: S310 - the scheme is checked
        with _OPENER.open(request, timeout=TIMEOUT) as answer:
            return Answer(answer.status, _start(answer))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, _start(error))
    except (OSError, HTTPException, ValueError, LookupError) as error:
        return Answer(0, f"{type(error).__name__}: {error}"[:_KEPT])


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follow no redirect."""


_OPENER = urllib.request.build_opener(_NoRedirect)


def _start(answer: Any) -> str:
    """Return the start of an answer; a receiver that closes the connection early has still answered."""
    try:
        result: str = answer.read(_KEPT).decode("utf-8", "replace")
        return result
    except (OSError, HTTPException):
        return ""


def _write(path: Path, content: Mapping[str, Any]) -> None:
    """Write a file whole, or not at all."""
    replace_file(path, json.dumps(content, indent=1).encode())
