"""The person's editor: open a file in it, at a line where it is known how to say so, and wait until it is closed."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess

from certdrill.errors import EditorFailedError

_PLUS = (  # +LINE FILE
    "vi", "vim", "nvim", "gvim", "nano", "pico", "emacs", "emacsclient", "micro", "hx", "helix", "kak", "kakoune",
)  # fmt: skip
_GOTO = ("code", "code-insiders", "codium", "vscodium", "cursor")  # --goto FILE:LINE
_COLON = ("zed", "zeditor", "subl", "sublime_text")  # FILE:LINE
_RETURN_AT_ONCE = {
    **dict.fromkeys((*_GOTO, *_COLON), ("--wait", "-w")),
    "gvim": ("--nofork", "-f"),
}  # without one of these they return before the person has typed anything


def arguments(command: str, path: str, line: int = 0) -> list[str]:
    """Return what to run to open `path`, at `line` where one is given and the editor is known to take it.

    Raises EditorFailedError for a command whose quotes do not match.
    """
    words = _words(command)
    name = name_of(command)
    flags = _RETURN_AT_ONCE.get(name, ())
    if flags and not set(flags) & set(words[1:]):
        words.append(flags[0])
    if line and name in _PLUS:
        return [*words, f"+{line}", path]
    if line and name in _GOTO:
        return [*words, "--goto", f"{path}:{line}"]
    if line and name in _COLON:
        return [*words, f"{path}:{line}"]
    return [*words, path]


def takes_a_line(command: str) -> bool:
    """Tell whether the editor is known well enough to be sent to a line."""
    return name_of(command) in (*_PLUS, *_GOTO, *_COLON)


def name_of(command: str) -> str:
    """Return the name of the program in an editor's command."""
    words = _words(command)
    return os.path.basename(words[0]).removesuffix(".exe") if words else ""


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError as error:
        raise EditorFailedError(command, str(error)) from None


def run(command: str, path: str, line: int = 0) -> None:
    """Open the editor and wait for it; raise EditorFailedError when it cannot start or says that it failed.

    Ctrl-C goes to the editor alone meanwhile.
    """
    words = arguments(command, path, line)
    before = signal.signal(signal.SIGINT, lambda *_: None)  # a handler, not SIG_IGN, which the editor would inherit
    try:
        code = subprocess.run(words, check=False).returncode  # noqa: S603 - the person's own editor, without a shell
    except OSError as error:
        raise EditorFailedError(command, error.strerror or str(error)) from None
    finally:
        signal.signal(signal.SIGINT, before)
    if code:
        raise EditorFailedError(command, f"it ended with code {code}")
