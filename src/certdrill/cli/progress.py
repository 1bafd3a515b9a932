"""How far long work has come, on stderr and on a terminal only; what is quickly done says nothing."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Collection, Iterator
from typing import TypeVar

T = TypeVar("T")
SILENT_SECONDS = 0.7
EVERY_SECONDS = 0.1


def watching(label: str, clock: Callable[[], float] = time.monotonic) -> Callable[[Collection[T]], Iterator[T]]:
    """Return a function that yields what it is given and shows how much of it is done, as `label: 40 %`.

    The line appears once the work has taken `SILENT_SECONDS` and is gone again at the end.
    """

    def watched(items: Collection[T]) -> Iterator[T]:
        if not sys.stderr.isatty():
            yield from items
            return
        begun = shown = clock()
        for number, item in enumerate(items):
            now = clock()
            if now - begun > SILENT_SECONDS and now - shown > EVERY_SECONDS:
                _write(f"\r{label}: {100 * number // len(items)} %")
                shown = now
            yield item
        if shown > begun:
            _write("\r\x1b[K")

    return watched


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
