"""No test can reach the person's files: home and data folders are made per test, the network is never used."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("suite", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")

CHECKOUT = Path(__file__).parents[1]
CARDS = CHECKOUT / "cards"


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own for every test; certdrill's variables are unset."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(home / name.lower()))
    for name in ("CERTDRILL_CARDS", "CERTDRILL_HISTORY", "NO_COLOR", "PYTHONDONTWRITEBYTECODE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("PYTHONUTF8", "1")
    return home


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def certdrill(tmp_path: Path) -> Run:
    """Run the real command in a process of its own, in an empty folder, and return what it printed."""

    def run(*arguments: object, stdin: str = "", cwd: Path = tmp_path, **environment: Any) -> Any:
        return subprocess.run(
            [sys.executable, "-m", "certdrill", *map(str, arguments)],
            input=stdin,
            cwd=cwd,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


@pytest.fixture
def corpus(tmp_path: Path) -> Callable[..., Path]:
    """Write a corpus of two domains, `law` (60) and `ethics` (40), from the text of its card files."""

    def write(exam: str = EXAM, **files: str) -> Path:
        folder = tmp_path / "corpus"
        folder.mkdir(exist_ok=True)
        (folder / "exam.yaml").write_text(exam, encoding="utf-8")
        for name, text in files.items():
            (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        return folder

    return write


EXAM = """\
id: bar-exam
title: Bar Exam
domains:
  - {id: law, title: Law of Contracts, weight: 60}
  - {id: ethics, title: Ethics, weight: 40}
"""


def basic_cards(domain: str, number: int, prefix: str = "fact") -> str:
    """Return the text of a card file with `number` basic cards, `<prefix>-<domain>-a` and so on."""
    cards = "".join(
        f"  - id: {prefix}-{domain}-{letters(index)}\n    kind: basic\n"
        f"    front: What is fact {index} of {domain}?\n    back: It is number {index}.\n"
        for index in range(number)
    )
    return f"domain: {domain}\ncards:\n{cards}"


def letters(number: int) -> str:
    """Return 0, 1, 2 ... as a, b, c ... aa, ab ..."""
    text = ""
    while True:
        number, rest = divmod(number, 26)
        text = chr(ord("a") + rest) + text
        if not number:
            return text
        number -= 1
