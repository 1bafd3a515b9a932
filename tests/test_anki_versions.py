"""The same story on an old Anki and the newest: import, study, update, retire."""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import pytest

from anki_sample import off_weight
from certdrill.anki.deck import build
from certdrill.anki.package import write
from certdrill.anki.retired import retired_deck
from certdrill.corpus.load import load
from certdrill.corpus.lock import parse
from certdrill.model import KINDS
from conftest import CARDS, CHECKOUT
from deck_sample import EXAM, NOW_MS, card, deck, locked, sample

OLD = "23.12.1"
OLD_HOME = CHECKOUT / ".venv-anki" / OLD


@pytest.fixture(scope="session")
def old_python() -> str:
    """Make a virtual environment with the old backend, once for all runs; skip where it cannot be had."""
    python = OLD_HOME / "bin" / "python"
    OLD_HOME.parent.mkdir(exist_ok=True)
    with (OLD_HOME.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the tests run in several processes
        _make_old_home(python)
    return str(python)


def _make_old_home(python: Path) -> None:
    if not (OLD_HOME / "ready").exists():
        venv.create(OLD_HOME, with_pip=True, clear=True)
        install = [str(python), "-m", "pip", "install", "--quiet", f"anki=={OLD}"]
        if subprocess.run(install, capture_output=True, check=False, timeout=300).returncode:
            pytest.skip(f"anki {OLD} cannot be installed here")
        (OLD_HOME / "ready").touch()


@pytest.fixture(params=["old", "newest"])
def python(request: pytest.FixtureRequest) -> str:
    """Give the interpreter of one backend after the other."""
    return request.getfixturevalue("old_python") if request.param == "old" else sys.executable


def told(python: str, folder: Path, *arguments: object) -> dict[str, Any]:
    """Run the story with a backend and return what it saw."""
    home = folder / "anki"
    home.mkdir()
    script = [python, str(CHECKOUT / "tests" / "anki_story.py"), str(home), *map(str, arguments)]
    run = subprocess.run(script, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 0, run.stderr
    seen: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])  # an old Anki prints that it was slow before it
    return seen


def domains(titles: list[str]) -> list[str]:
    """Return domain ids by their titles."""
    by_title = {title: domain for domain, title in EXAM.titles().items()}
    return [by_title[title] for title in titles]


@pytest.mark.parametrize("switches", ["00", "01", "10", "11"])
def test_a_later_export_updates_and_keeps(python: str, switches: str, tmp_path: Path) -> None:
    """Corrected text arrives, schedule and own edits stay, new cards keep the weights, retired ones are tagged."""
    first = sample()
    lock = locked(first)
    write(deck(first, lock), str(tmp_path / "first.apkg"))
    kept = [
        (head, {**record, "front": "A better question?"} if head.id == "design-card-0" else record)
        for head, record in first
        if head.id != "govern-card-0"
    ]
    second = [*(card("basic", f"later-{name}-{at}", name) for name in ("govern", "apps") for at in range(9)), *kept]
    later = locked(second, lock, NOW_MS + 60_000_000)
    write(deck(second, later), str(tmp_path / "second.apkg"))
    gone = {"govern-card-0": {"id": "govern-card-0", "date": "2026-11-30", "reason": "Not asked."}}
    write(retired_deck(EXAM, later.cards, gone), str(tmp_path / "retired.apkg"))

    paths = [tmp_path / f"{name}.apkg" for name in ("first", "second", "retired")]
    seen = told(python, tmp_path, *switches, *paths)

    assert seen["first"] == {"new": 330, "updated": 0, "duplicate": 0, "conflicting": 0}
    assert (seen["spoilt"], seen["missing media"]) == ([], [])
    assert off_weight(domains(seen["domains"])) < 1
    assert seen["second"] == {"new": 18, "updated": 1, "duplicate": 328, "conflicting": 0}
    assert seen["edited"] == "A better question?"
    assert seen["mine"] == "my own words"
    assert seen["types"] == sorted(f"certdrill {kind}" for kind in KINDS)
    assert off_weight(domains(seen["studied"] + seen["domains after"])) < 1
    assert seen["third"] == {"new": 0, "updated": 1, "duplicate": 0, "conflicting": 0}
    assert seen["retired"] == ["govern-card-0"]
    assert seen["kept"]
    assert seen["kept at last"]
    assert seen["sound"]
    assert seen["sound at last"]


@pytest.fixture(scope="module")
def built_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the deck of the built-in cards as `certdrill export` does."""
    corpus = load(str(CARDS), "the built-in cards")
    lock = parse((CARDS / "ids.lock").read_bytes())
    path = tmp_path_factory.mktemp("built-in") / "deck.apkg"
    write(build(corpus.exam, corpus.cards, corpus.content, lock.cards, corpus.exam.weights()), str(path))
    return path


@pytest.mark.parametrize("switches", ["00", "01", "10", "11"])
def test_the_built_in_deck_is_at_home_in_every_anki(python: str, built_in: Path, switches: str, tmp_path: Path) -> None:
    """Under all four switch combinations every card is new, renders on both sides and comes in proportion."""
    corpus = load(str(CARDS), "the built-in cards")
    seen = told(python, tmp_path, *switches, built_in)
    assert seen["first"]["new"] == sum(not one.form for one in corpus.cards)
    assert seen["first"]["conflicting"] == 0
    assert (seen["spoilt"], seen["missing media"]) == ([], [])
    assert seen["sound"]
    weights = corpus.exam.weights()
    titles = corpus.exam.titles()
    for length in range(1, 51):
        for domain, weight in weights.items():
            got = seen["domains"][:length].count(titles[domain])
            assert abs(got - length * weight / sum(weights.values())) < 1
