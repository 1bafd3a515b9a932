"""An Anki file as a private copy of its collection: no member but that one is ever opened, and every size has a cap."""

from __future__ import annotations

import errno
import os
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Protocol

from certdrill.errors import (
    DamagedAnkiFileError,
    LiveCollectionError,
    NotAnAnkiFileError,
    SuspiciousAnkiFileError,
    UnreadableAnkiFileError,
)

MEMBERS = ("collection.anki21b", "collection.anki21", "collection.anki2")  # the best first; others may be dummies
MOST_BYTES = 2 << 30
MOST_RATIO, RATIO_FROM = 200, 16 << 20  # unpacked to packed, once this many bytes have come out
MOST_LISTING = 32 << 20  # bytes of a zip's table of contents: some 500,000 pictures
_CHUNK = 1 << 18
_WINDOW = 1 << 27  # what a zstd decoder has to accept
_SQLITE = b"SQLite format 3\0"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_SHARED_LOCK = (0x40000002, 510)  # the bytes on which SQLite's readers and writers meet: offset, length


class _Source(Protocol):
    def read(self, size: int, /) -> bytes: ...


@contextmanager
def unpacked(path: str) -> Iterator[str]:
    """Yield the path of a copy of the collection in `path`, in a temporary folder that goes afterwards.

    The kind of file is told by its first bytes. Raises UnreadableAnkiFileError, NotAnAnkiFileError,
    DamagedAnkiFileError, SuspiciousAnkiFileError, or LiveCollectionError for one that Anki has open.
    """
    with _refusals(path):
        private = tempfile.TemporaryDirectory(prefix="certdrill-")
    with private as folder:
        target = os.path.join(folder, "collection")
        with _refusals(path):
            _unpack(path, target)
        yield target


@contextmanager
def _refusals(path: str) -> Iterator[None]:
    """Turn what a spoilt or missing file makes the libraries raise into refusals."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.EINVAL, None):  # an offset that leads out of the file
            raise DamagedAnkiFileError(path, "its zip archive points nowhere") from error
        raise UnreadableAnkiFileError(path, error.strerror or str(error)) from error
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError) as error:
        raise DamagedAnkiFileError(path, f"its zip archive cannot be read: {str(error) or 'it ends early'}") from error
    except (NotImplementedError, RuntimeError, ValueError, LookupError, OverflowError) as error:
        raise DamagedAnkiFileError(path, f"its zip archive makes no sense: {error}") from error


def _unpack(path: str, target: str) -> None:
    size = _size(path)
    with open(path, "rb") as file:
        start = file.read(len(_SQLITE))
        if start == _SQLITE:
            _check_at_rest(path, file)
            file.seek(0)
            _copy(file, target, path, size)
        elif start.startswith(_ZIP):
            _check_listing(file, path, size)
            with zipfile.ZipFile(file) as archive:
                _unpack_member(archive, target, path, size)
        else:
            raise NotAnAnkiFileError(path)
    _check_whole(target, path)


def _check_whole(target: str, path: str) -> None:
    """Refuse a collection that is shorter than its own header says: a zstd frame ends early without a word."""
    with open(target, "rb") as copy:
        head = copy.read(100)
    if len(head) < 100 or not head.startswith(_SQLITE):
        raise DamagedAnkiFileError(path, "its collection is no database")
    (page,), (pages,) = struct.unpack(">H", head[16:18]), struct.unpack(">I", head[28:32])
    is_current = head[24:28] == head[92:96]  # else an old SQLite wrote last, and did not count
    if is_current and os.path.getsize(target) < pages * (page if page > 1 else 1 << 16):
        raise DamagedAnkiFileError(path, "its collection is cut short")


def _size(path: str) -> int:
    found = os.stat(path)
    if not stat.S_ISREG(found.st_mode):
        raise UnreadableAnkiFileError(path, "it is no file; name an .apkg, a .colpkg or a collection.anki2")
    return found.st_size


def _unpack_member(archive: zipfile.ZipFile, target: str, path: str, size: int) -> None:
    members = archive.infolist()
    found = next((name for name in MEMBERS if any(member.filename == name for member in members)), None)
    if found is None:
        raise NotAnAnkiFileError(path)
    member, *others = (member for member in members if member.filename == found)
    if others:
        raise SuspiciousAnkiFileError(path, f"it holds {found} {len(others) + 1} times")
    if member.flag_bits & 1:
        raise SuspiciousAnkiFileError(path, f"its {found} is encrypted")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise SuspiciousAnkiFileError(path, f"its {found} is compressed in a way that Anki never uses")
    packed = min(member.compress_size, size)
    with archive.open(member) as source:
        if found.endswith("b"):
            _copy_zstd(source, target, path, packed)
        else:
            _copy(source, target, path, packed)


def _copy_zstd(source: IO[bytes], target: str, path: str, packed: int) -> None:
    import zstandard

    try:
        # A reader, since a frame from Anki does not say how long it is, and a damaged one may say anything.
        with zstandard.ZstdDecompressor(max_window_size=_WINDOW).stream_reader(source) as plain:
            _copy(plain, target, path, packed)
    except zstandard.ZstdError as error:
        raise DamagedAnkiFileError(path, f"its collection cannot be unpacked: {error}") from error


def _copy(source: _Source, target: str, path: str, packed: int) -> None:
    """Write all of `source` to `target` unless it grows past any measure; `packed` is its size in the file."""
    done = 0
    with open(target, "xb") as copy:
        while chunk := source.read(_CHUNK):
            done += len(chunk)
            if done > MOST_BYTES:
                raise SuspiciousAnkiFileError(path, f"its collection is larger than {MOST_BYTES >> 30} GiB")
            if done > RATIO_FROM and done > MOST_RATIO * packed:
                raise SuspiciousAnkiFileError(path, f"its collection unpacks to over {MOST_RATIO} times its size")
            copy.write(chunk)


def _check_listing(file: IO[bytes], path: str, size: int) -> None:
    """Refuse a table of contents that would fill the memory: every end record in sight has to be modest."""
    file.seek(max(0, size - (1 << 16) - 256))
    tail = file.read()
    file.seek(0)
    for mark, layout, skip in ((b"PK\x05\x06", "<I", 12), (b"PK\x06\x06", "<Q", 40)):
        at = tail.find(mark)
        while at >= 0:
            field = tail[at + skip : at + skip + struct.calcsize(layout)]
            if len(field) == struct.calcsize(layout):
                (listing,) = struct.unpack(layout, field)
                if MOST_LISTING < listing <= size:
                    raise SuspiciousAnkiFileError(path, "its zip archive lists millions of files")
            at = tail.find(mark, at + 1)


def _check_at_rest(path: str, file: IO[bytes]) -> None:
    """Refuse a collection that Anki has open, or that was left with a journal: the file alone is not all of it."""
    for ending in ("-wal", "-journal"):
        beside = os.path.realpath(path) + ending
        if os.path.exists(beside) and os.path.getsize(beside):
            raise LiveCollectionError(path, f"changes wait in {os.path.basename(beside)} beside it")
    if _is_locked(file):
        raise LiveCollectionError(path, "another program has it open")


def _is_locked(file: IO[bytes]) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows: there the journal beside the file has to tell
        return False
    offset, length = _SHARED_LOCK
    try:
        fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB, length, offset)
        fcntl.lockf(file, fcntl.LOCK_UN, length, offset)
    except OSError as error:
        return error.errno in (errno.EACCES, errno.EAGAIN)  # else the file system knows no locks
    return False
