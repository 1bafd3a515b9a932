"""The files of a corpus as bytes, and one hash over all of them."""

from __future__ import annotations

import hashlib
import os

from certdrill.errors import NoCorpusError, UnreadableFileError
from certdrill.markup import visible

LOCK = "ids.lock"
NEEDED = ("exam.yaml", LOCK)


class Unreadable(bytes):
    """What stands for a file that cannot be opened or named: no bytes, and the reason."""

    reason: str = ""


Files = dict[str, bytes]  # path inside the corpus -> what the file holds, or an Unreadable


def list_files(folder: str, *, whole: bool = False) -> Files:
    """Read every YAML file of a corpus and its lock, in a fixed order.

    A card file or folder that cannot be read is kept as an Unreadable, so that the others are still looked at. Raises
    NoCorpusError without exam.yaml, and UnreadableFileError where that or the lock, or with `whole` any file, cannot
    be read.
    """
    if not os.path.isfile(os.path.join(folder, "exam.yaml")):
        raise NoCorpusError(folder)
    files: Files = {}
    closed: list[OSError] = []
    for parent, folders, names in os.walk(folder, onerror=closed.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        inside = _inside(parent, folder)
        prefix = "" if inside == "." else inside + "/"
        for name in sorted([*names, *(name for name in folders if prefix + name == LOCK)]):
            if (name.endswith((".yaml", ".yml")) and not name.startswith(".")) or prefix + name == LOCK:
                files[_shown(prefix + name)] = _read(os.path.join(parent, name))
    for error in closed:
        files[_shown(_inside(str(error.filename), folder) + "/")] = _unreadable(error.strerror or str(error))
    for name, raw in files.items():
        if isinstance(raw, Unreadable) and (whole or name in NEEDED):
            raise UnreadableFileError(os.path.join(folder, name), raw.reason)
    return files


def _inside(path: str, folder: str) -> str:
    return os.path.relpath(path, folder).replace(os.sep, "/")


def _shown(name: str) -> str:
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


def digest(files: Files) -> str:
    """Return one hash of all names and bytes."""
    whole = hashlib.sha256()
    for name, raw in files.items():
        whole.update(f"{name}\0{len(raw)}\0{getattr(raw, 'reason', '')}\0".encode())
        whole.update(raw)
    return whole.hexdigest()
