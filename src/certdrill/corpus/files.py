"""The files of a corpus as bytes, and one hash over all of them."""

from __future__ import annotations

import hashlib
import os

from certdrill.errors import NoCorpusError, UnreadableFileError
from certdrill.markup import visible

Files = dict[str, bytes]  # path inside the corpus -> what the file holds
LOCK = "ids.lock"


def list_files(folder: str) -> Files:
    """Read every YAML file of a corpus and its lock, in a fixed order.

    Raises NoCorpusError without exam.yaml and UnreadableFileError for a file that cannot be opened or named.
    """
    if not os.path.isfile(os.path.join(folder, "exam.yaml")):
        raise NoCorpusError(folder)
    files: Files = {}
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        inside = os.path.relpath(parent, folder).replace(os.sep, "/")
        prefix = "" if inside == "." else inside + "/"
        for name in sorted([*names, *(name for name in folders if prefix + name == LOCK)]):
            if (name.endswith((".yaml", ".yml")) and not name.startswith(".")) or prefix + name == LOCK:
                files[prefix + name] = _read(os.path.join(parent, name))
    return files


def _read(path: str) -> bytes:
    shown = visible(path).replace("\n", "\N{REPLACEMENT CHARACTER}")
    if shown != path:
        raise UnreadableFileError(shown, "its name holds characters that cannot be shown; rename it")
    if os.path.exists(path) and not os.path.isfile(path):
        raise UnreadableFileError(path, "it is no regular file")
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise UnreadableFileError(path, error.strerror or str(error)) from None


def digest(files: Files) -> str:
    """Return one hash of all names and bytes."""
    whole = hashlib.sha256()
    for name, raw in files.items():
        whole.update(f"{name}\0{len(raw)}\0".encode())
        whole.update(raw)
    return whole.hexdigest()
