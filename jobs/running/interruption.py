"""Ctrl-C, taken where a loop asks for it."""

import signal
import threading
from types import FrameType, TracebackType


class Interruption:
    """Remembers Ctrl-C until the main thread asks for it; a second one is raised at once.

    Python raises KeyboardInterrupt wherever the main thread is. Within a finaliser or a callback of a library, such as
    those of a database's connections, it is printed and dropped, and the command would go on for ever.
    """

    def __init__(self) -> None:
        self._wanted = False
        self._before: signal.Handlers | int | object = None

    def __enter__(self) -> "Interruption":
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._remember)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)  # type: ignore[arg-type]

    def raise_if_wanted(self) -> None:
        """Raise KeyboardInterrupt if Ctrl-C was pressed."""
        if self._wanted:
            raise KeyboardInterrupt

    def _remember(self, number: int, frame: FrameType | None) -> None:
        self.raise_if_wanted()
        self._wanted = True
