"""Ctrl-C waits until a loop asks for it."""

import os
import signal
import threading

import pytest

from outcross.jobs.running.interruption import Interruption


def press() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_one_is_raised_where_it_is_asked_for_and_not_before() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Interruption() as interruption:
        interruption.raise_if_wanted()
        press()
        with pytest.raises(KeyboardInterrupt):
            interruption.raise_if_wanted()
    assert signal.getsignal(signal.SIGINT) is before


def test_a_second_one_is_raised_at_once() -> None:
    with Interruption():
        press()
        with pytest.raises(KeyboardInterrupt):
            press()


def test_a_thread_beside_the_main_one_leaves_signals_alone() -> None:
    before, seen = signal.getsignal(signal.SIGINT), []

    def enter() -> None:
        with Interruption() as interruption:
            interruption.raise_if_wanted()
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert seen == [before]
