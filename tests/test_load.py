from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from certdrill.corpus import load as loading
from certdrill.corpus.files import list_files
from certdrill.corpus.load import Corpus, built_in, find_folder, is_installed, load
from certdrill.errors import BrokenExamError, NoCorpusError, UnknownCardError, UnreadableFileError
from conftest import EXAM, Run, basic_cards

BROKEN = "domain: ethics\ncards:\n  - {id: no-answer, kind: basic, front: Q}\n  - {id: fine-card, kind: cloze, text: '{{c1::a}} {{c2::b}}'}\n"  # noqa: E501


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A list that grows whenever the YAML is read."""
    calls: list[str] = []
    parse = loading._parse

    def counted(folder: str, *rest: Any) -> Corpus:
        calls.append(folder)
        return parse(folder, *rest)

    monkeypatch.setattr(loading, "_parse", counted)
    return calls


def everything(corpus: Corpus) -> tuple[Any, ...]:
    """Return all a corpus says."""
    contents = [corpus.content(card.id) for card in corpus.cards]
    records = [corpus.record(card.id) for card in corpus.cards]
    return corpus.folder, corpus.origin, corpus.exam, corpus.cards, corpus.problems, contents, records


def test_the_cache_tells_what_the_files_tell(corpus: Callable[..., Path], cache: Path, parsed: list[str]) -> None:
    """Cards, contents, blueprint and problems are the same with and without it; the YAML is read once."""
    profile = "profiles:\n  flat: {law: 1, ethics: 1}\nobjectives: [{id: '1', domain: law, text: T}]\n"
    folder = str(corpus(exam=EXAM + profile, law=basic_cards("law", 3), ethics=BROKEN))
    without = load(folder, "here")
    cold = load(folder, "here", str(cache))
    assert len(parsed) == 2
    warm = load(folder, "here", str(cache))
    assert len(parsed) == 2
    assert everything(without) == everything(cold) == everything(warm)
    assert len(warm.problems) == 1
    assert warm.cards[0].order == (1_000_000, 2_000_000)


def change_byte(folder: Path) -> None:
    path = folder / "law.yaml"
    before = path.stat()
    path.write_bytes(path.read_bytes().replace(b"It is number 0.", b"It is number 9."))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def add_file(folder: Path) -> None:
    (folder / "more").mkdir()
    (folder / "more" / "new.yml").write_text(basic_cards("law", 1, "late"))


def change_exam(folder: Path) -> None:
    (folder / "exam.yaml").write_text(EXAM.replace("weight: 60", "weight: 70"))


def retire(folder: Path) -> None:
    (folder / "retired.yaml").write_text("retired: [{id: fact-law-a, date: 2026-01-31, reason: wrong}]\n")


@pytest.mark.parametrize("change", [
    change_byte,
    change_exam,
    add_file,
    retire,
    lambda folder: (folder / "law.yaml").unlink(),
    lambda folder: (folder / "law.yaml").rename(folder / "z-law.yaml"),
    lambda folder: (folder / "ids.lock").write_text("{"),
])  # fmt: skip
def test_any_change_of_any_file_drops_the_cache(
    change: Callable[[Path], Any], corpus: Callable[..., Path], cache: Path, parsed: list[str]
) -> None:
    """Same size and same time are no disguise; a file added, removed or renamed is seen."""
    folder = corpus(law=basic_cards("law", 2), ethics=basic_cards("ethics", 1))
    before = everything(load(str(folder), "here", str(cache)))
    change(folder)
    after = everything(load(str(folder), "here", str(cache)))
    assert after == everything(load(str(folder), "here"))
    assert after != before
    assert len(parsed) == 3
    assert everything(load(str(folder), "here", str(cache))) == after
    assert len(parsed) == 3


def test_other_files_leave_the_cache(corpus: Callable[..., Path], cache: Path, parsed: list[str]) -> None:
    """Notes, hidden files and schemas are no part of a corpus."""
    folder = corpus(law=basic_cards("law", 2))
    load(str(folder), "here", str(cache))
    (folder / "README.md").write_text("notes")
    (folder / ".#law.yaml").write_text("an editor's")
    (folder / ".git").mkdir()
    (folder / ".git" / "x.yaml").write_text("x")
    load(str(folder), "here", str(cache))
    assert len(parsed) == 1


def spoil_with_text(path: Path) -> None:
    path.write_bytes(b"no database, but long enough to look like one" * 50)


def spoil_by_cutting(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5_000])


def spoil(sql: str) -> Callable[[Path], None]:
    def run(path: Path) -> None:
        connection = sqlite3.connect(path)
        connection.executescript(sql)
        connection.close()

    return run


def spoil_by_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("spoiling", [
    spoil_with_text,
    spoil_by_cutting,
    spoil_by_a_folder,
    lambda path: path.write_bytes(b""),
    spoil("DROP TABLE about"),
    spoil("DROP TABLE cards"),
    spoil("DELETE FROM about"),
    spoil("DELETE FROM cards"),
    spoil("UPDATE about SET heads = '[[1]]'"),
    spoil("UPDATE about SET heads = '7'"),
    spoil("UPDATE about SET problems = '[[]]'"),
    spoil("UPDATE about SET exam = '[]'"),
    spoil("UPDATE about SET exam = NULL"),
    spoil("UPDATE cards SET record = '{'"),
    spoil("UPDATE about SET key = 'an older version'"),
])  # fmt: skip
def test_a_spoilt_cache_is_passed_over(
    spoiling: Callable[[Path], Any], corpus: Callable[..., Path], cache: Path
) -> None:
    """Whatever became of the file, the corpus is what the YAML says, and nothing is raised."""
    folder = str(corpus(law=basic_cards("law", 60), ethics=BROKEN))
    expected = everything(load(folder, "here", str(cache)))
    (path,) = cache.iterdir()
    spoiling(path)
    assert everything(load(folder, "here", str(cache))) == expected
    assert everything(load(folder, "here", str(cache))) == expected
    assert [one.name for one in cache.iterdir()] == [path.name]


def test_a_cache_folder_that_cannot_be_made_costs_nothing_but_time(corpus: Callable[..., Path], cache: Path) -> None:
    """A file stands where the folder belongs."""
    folder = str(corpus(law=basic_cards("law", 2)))
    cache.write_text("in the way")
    assert everything(load(folder, "here", str(cache / "certdrill"))) == everything(load(folder, "here"))
    assert cache.read_text() == "in the way"


def test_a_broken_blueprint_is_refused_with_paths_that_can_be_opened(corpus: Callable[..., Path], cache: Path) -> None:
    """And it is refused again, not taken from the cache."""
    folder = corpus(exam=EXAM.replace("weight: 40", "weight: none"))
    for _ in range(2):
        with pytest.raises(BrokenExamError, match=f"{folder}/exam.yaml:5:41: error: 'none' where a whole number"):
            load(str(folder), "here", str(cache))


def test_problems_carry_paths_that_can_be_opened(corpus: Callable[..., Path]) -> None:
    """The folder is named as the person named it."""
    folder = corpus(ethics=BROKEN)
    assert load(str(folder), "here").problems[0].place.file == str(folder / "ethics.yaml")


def test_a_folder_without_a_blueprint_is_refused(tmp_path: Path) -> None:
    """The sentence says how to make one."""
    with pytest.raises(NoCorpusError, match=r"holds no exam\.yaml; `certdrill init"):
        load(str(tmp_path), "here")


def unreadable(folder: Path) -> list[str]:
    """Return what is said of the file that cannot be read, and make sure that the sound card is still there."""
    read = load(str(folder), "here")
    assert [card.id for card in read.cards] == ["fact-law-a"]
    with pytest.raises(UnreadableFileError):
        list_files(str(folder), whole=True)
    return [problem.message for problem in read.errors]


def test_a_link_to_nowhere_is_named_and_the_rest_is_read(corpus: Callable[..., Path]) -> None:
    """Its cards are not said to have vanished, and the drill goes on."""
    folder = corpus(law=basic_cards("law", 1))
    (folder / "lost.yaml").symlink_to(folder / "gone.yaml")
    assert unreadable(folder) == ["lost.yaml cannot be read: No such file or directory"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not take such names")
@pytest.mark.parametrize("name", [b"a\x1b]0;x.yaml", b"a\n.yaml", b"a\xff.yaml"])
def test_a_file_name_that_cannot_be_shown_is_refused(name: bytes, corpus: Callable[..., Path]) -> None:
    """A name can hold terminal escapes and bytes that are no text."""
    folder = corpus(law=basic_cards("law", 1))
    (Path(os.fsdecode(os.fsencode(folder) + b"/" + name))).write_text(basic_cards("law", 1, "other"))
    (message,) = unreadable(folder)
    assert "cannot be shown; rename it" in message
    assert message.isprintable()


def test_a_pipe_is_not_read(corpus: Callable[..., Path]) -> None:
    """Reading it would wait for ever."""
    folder = corpus(law=basic_cards("law", 1))
    os.mkfifo(folder / "pipe.yaml")
    assert unreadable(folder) == ["pipe.yaml cannot be read: it is no regular file"]


def test_an_unknown_card_is_refused_with_the_nearest(corpus: Callable[..., Path]) -> None:
    """Ids are long; a typo gets a suggestion."""
    read = load(str(corpus(law=basic_cards("law", 1))), "here")
    with pytest.raises(UnknownCardError, match="no card 'fact-lew-a'; nearest: fact-law-a"):
        read.card("fact-lew-a")


def test_which_cards_named_then_here_then_built_in(corpus: Callable[..., Path], tmp_path: Path) -> None:
    """A folder `cards` counts only with a blueprint in it."""
    empty = tmp_path / "empty"
    (empty / "cards").mkdir(parents=True)
    assert find_folder("/some/where", str(empty)) == ("/some/where", "/some/where")
    assert find_folder(None, str(empty)) == (built_in(), "the built-in cards")
    corpus().rename(tmp_path / "cards")
    assert find_folder(None, str(tmp_path)) == ("cards", "./cards")
    assert find_folder("", str(tmp_path)) == ("cards", "./cards")
    assert Path(built_in(), "exam.yaml").is_file()


def test_version_and_lists_say_which_cards(corpus: Callable[..., Path], certdrill: Run, tmp_path: Path) -> None:
    """--cards wins over CERTDRILL_CARDS, which wins over ./cards; without any, the built-in cards."""
    folder = corpus(law=basic_cards("law", 1))
    (tmp_path / "work").mkdir()
    here = tmp_path / "work"
    assert certdrill("--version", cwd=here).stdout.endswith("; cards: the built-in cards\n")
    (here / "cards").mkdir()
    (here / "cards" / "exam.yaml").write_text(EXAM.replace("Bar Exam", "Exam Here"))
    assert certdrill("--version", cwd=here).stdout.endswith("; cards: ./cards\n")
    assert certdrill("cards", cwd=here).stdout.startswith("Exam Here - 0 cards from ./cards\n")
    named = certdrill("cards", cwd=here, CERTDRILL_CARDS=folder)
    assert named.stdout.startswith(f"Bar Exam - 1 cards from {folder}\n")
    assert certdrill("--cards", "cards", "--version", cwd=here, CERTDRILL_CARDS=folder).stdout.endswith(
        "cards: cards\n"
    )


def test_only_installed_folders_are_installed() -> None:
    """The name of the folder packages are installed in decides."""
    assert is_installed("/usr/lib/python3/dist-packages/certdrill/cards")
    assert is_installed("/v/lib/python3.11/site-packages/certdrill/cards")
    assert not is_installed("/home/me/my-site-packages-notes/cards")


HEAVY = ("yaml", "fsrs", "rich", "genanki", "markdown_it", "asyncio", "importlib.metadata")
COUNT_DUE = f"""
import sys
from certdrill.cli.main import run
code = run(["--cards", sys.argv[1], "due"])
print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)
sys.exit(code)
"""


def test_due_with_an_up_to_date_cache_imports_nothing_heavy(corpus: Callable[..., Path]) -> None:
    """The YAML parser is loaded by the first run only; no other heavy package by any."""
    folder = corpus(law=basic_cards("law", 3), ethics=BROKEN)
    loaded = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", COUNT_DUE, str(folder)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        loaded.append(done.stderr.rsplit("\n", 2)[1])
    assert loaded == ["['yaml']", "[]"]
