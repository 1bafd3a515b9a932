"""The files of a corpus as bytes, its pictures and sounds by size, and one hash over all of them."""

from __future__ import annotations

import hashlib
import os
from typing import NamedTuple

from certdrill.errors import NoCorpusError, UnreadableFileError
from certdrill.model import PICTURES, SOUNDS

LOCK = "ids.lock"
NEEDED = ("exam.yaml", LOCK)


class Unreadable(bytes):
    """What stands for a file that cannot be opened or named: no bytes, and the reason."""

    reason: str = ""


class MediaFile(NamedTuple):
    """A picture or sound in the folder: its bytes' number, and why it cannot be used, if so."""

    size: int
    fault: str = ""


class Listing(dict[str, bytes]):
    """All files of a folder, with its pictures and sounds by path; those are not read."""

    def __init__(self, media: dict[str, MediaFile] | None = None) -> None:
        super().__init__()
        self.media = media or {}


_MEDIA = tuple(f".{ending}" for ending in (*PICTURES, *SOUNDS))
Files = dict[str, bytes]  # path inside the corpus -> what the file holds, or an Unreadable


def list_files(folder: str, *, whole: bool = False) -> Listing:
    """Read every YAML file of a corpus and its lock, in a fixed order, and list its pictures and sounds.

    A card file or folder that cannot be read is kept as an Unreadable, so that the others are still looked at. Raises
    NoCorpusError without exam.yaml, and UnreadableFileError where that or the lock, or with `whole` any file, cannot
    be read.
    """
    if not os.path.isfile(os.path.join(folder, "exam.yaml")):
        raise NoCorpusError(folder)
    files = Listing()
    root = os.path.join(os.path.realpath(folder), "")
    closed: list[OSError] = []
    for parent, folders, names in os.walk(folder, onerror=closed.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        inside = _inside(parent, folder)
        prefix = "" if inside == "." else inside + "/"
        for name in sorted([*names, *(name for name in folders if prefix + name == LOCK)]):
            if (name.endswith((".yaml", ".yml")) and not name.startswith(".")) or prefix + name == LOCK:
                files[_shown(prefix + name)] = _read(os.path.join(parent, name))
            elif name.lower().endswith(_MEDIA) and not name.startswith("."):
                files.media[prefix + name] = _media_file(os.path.join(parent, name), root)
    for error in closed:
        files[_shown(_inside(str(error.filename), folder) + "/")] = _unreadable(error.strerror or str(error))
    for name, raw in files.items():
        if isinstance(raw, Unreadable) and (whole or name in NEEDED):
            raise UnreadableFileError(os.path.join(folder, name), raw.reason)
    return files


def _inside(path: str, folder: str) -> str:
    return os.path.relpath(path, folder).replace(os.sep, "/")


def _shown(name: str) -> str:
    if name.isascii() and name.isprintable():
        return name  # nearly always, and then the parser need not be loaded
    from certdrill.markup import visible

    return visible(name).replace("\n", "\N{REPLACEMENT CHARACTER}")


def _unreadable(reason: str) -> Unreadable:
    raw = Unreadable()
    raw.reason = reason
    return raw


def _read(path: str) -> bytes:
    if _shown(path) != path:
        return _unreadable("its name holds characters that cannot be shown; rename it")
    if os.path.exists(path) and not os.path.isfile(path):
        return _unreadable("it is no regular file")
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        return _unreadable(error.strerror or str(error))


def _media_file(path: str, root: str) -> MediaFile:
    try:
        if not os.path.realpath(path).startswith(root):
            return MediaFile(0, "it is a link that leads out of the folder")
        if not os.path.isfile(path) or not os.access(path, os.R_OK):
            return MediaFile(0, "it cannot be read")
        return MediaFile(os.path.getsize(path))
    except OSError as error:
        return MediaFile(0, error.strerror or str(error))


def media_name(path: str) -> str:
    """Return the name a picture or sound travels by: another content, another name. Raises UnreadableFileError."""
    try:
        with open(path, "rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UnreadableFileError(path, error.strerror or str(error)) from None
    return f"certdrill-{content[:16]}{os.path.splitext(path)[1].lower()}"


def digest(files: Files) -> str:
    """Return one hash of all names and bytes, and of the names and sizes of pictures and sounds."""
    whole = hashlib.sha256()
    for name, raw in files.items():
        whole.update(f"{name}\0{len(raw)}\0{getattr(raw, 'reason', '')}\0".encode())
        whole.update(raw)
    if isinstance(files, Listing) and files.media:
        whole.update(repr(sorted(files.media.items())).encode("utf-8", "surrogateescape"))
    return whole.hexdigest()
