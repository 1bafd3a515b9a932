"""Write files of a corpus: each made beside and put in place, all of them or none."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from certdrill.errors import CardsNotWritableError


@contextmanager
def alone(folder: str) -> Iterator[None]:
    """Let one process at a time read and write in a folder of cards, where the platform can (not on Windows)."""
    try:
        import fcntl

        descriptor = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):
        yield
        return
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


Change = tuple[str, bytes | None]  # a path and what it shall hold; None takes the file away


def save(changes: Sequence[Change]) -> None:
    """Make all changes in their order; when one fails, put back those before it and raise CardsNotWritableError."""
    done: list[Change] = []
    for path, raw in changes:
        try:
            before = _held(path)
            _put(path, raw)
        except OSError as error:
            for earlier, old in reversed(done):
                _put(earlier, old)
            raise CardsNotWritableError(path, error.strerror or str(error)) from None
        done.append((path, before))


def _held(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def _put(path: str, raw: bytes | None) -> None:
    """Replace a file in one step; a link stays a link, and a file keeps its permissions."""
    if raw is None:
        if os.path.lexists(path):
            os.unlink(path)
        return
    path = os.path.realpath(path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    beside = f"{path}.{os.getpid()}"
    try:
        with open(beside, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        if os.path.exists(path):
            os.chmod(beside, stat.S_IMODE(os.stat(path).st_mode))
        os.replace(beside, path)
    except OSError:
        if os.path.exists(beside):
            os.unlink(beside)
        raise
