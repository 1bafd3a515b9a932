from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from certdrill.model import Unit
from certdrill.scheduling import Rating
from conftest import EXAM, Run, basic_cards
from history_sample import START, at, lapse, learn, now, opened, rate

LAW = """\
domain: law
cards:
  - id: offer-meaning
    kind: basic
    tags: [torts]
    front: What is an **offer**?
    back: A promise to be `bound`.
  - id: contract-parts
    kind: cloze
    text: "A contract needs {{c1::offer::first}} and {{c2::acceptance}}."
  - id: latin-word
    kind: reversed
    since: "2026"
    front: consensus
    back: agreement
"""


@pytest.fixture
def folder(corpus: Callable[..., Path]) -> Path:
    """Three cards of law with five units, and four of ethics."""
    return corpus(law=LAW, ethics=basic_cards("ethics", 4))


@pytest.fixture
def program(folder: Path, certdrill: Run, tmp_path: Path) -> Run:
    """Run certdrill on the small corpus with a history of its own, at noon of day START + 60."""

    def run(*words: object, day: int = START + 60, **more: Any) -> Any:
        return certdrill("--cards", folder, "--history", tmp_path / "h.db", "--now", now(day), *words, **more)

    return run


def listed(program: Run, *words: object) -> list[str]:
    """Return the ids of the cards that `certdrill cards` lists for a query."""
    done = program("cards", "--json", *words)
    assert done.returncode == 0, done.stderr
    return [card["id"] for card in json.loads(done.stdout)["cards"]]


def actions(path: Path) -> list[tuple[str, str, str]]:
    """Return action, card and part of every action in the log, in order."""
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT action, card, part FROM actions ORDER BY ordered_at").fetchall()
    connection.close()
    return rows


@pytest.mark.parametrize(("words", "expected"), [
    (["domain:law"], ["offer-meaning", "contract-parts", "latin-word"]),
    (["domain:law -kind:basic"], ["contract-parts", "latin-word"]),
    (["domain:law", "-kind:basic"], ["contract-parts", "latin-word"]),
    (["-domain:ethics", "-tag:torts"], ["contract-parts", "latin-word"]),
    (["-hello", "domain:law"], ["offer-meaning", "contract-parts", "latin-word"]),
    (["offer"], ["offer-meaning", "contract-parts"]),
    (['"an offer"'], ["offer-meaning"]),
    (['"contract needs offer and"'], ["contract-parts"]),
    (["first"], ["contract-parts"]),
    (['"promise to be bound"'], ["offer-meaning"]),
    (["since:2026"], ["latin-word"]),
    (["id:fact-*", "-id:*-a"], ["fact-ethics-b", "fact-ethics-c", "fact-ethics-d"]),
    (["latin-word", "offer-meaning"], ["offer-meaning", "latin-word"]),
    (["contract-parts#c2"], ["contract-parts"]),
    (["offer", "--kind", "cloze"], ["contract-parts"]),
    (["--kind", "cloze", "--kind", "basic", "offer", "or", "domain:eth"],
     ["fact-ethics-a", "fact-ethics-b", "fact-ethics-c", "fact-ethics-d", "offer-meaning", "contract-parts"]),
])  # fmt: skip
def test_cards_are_found_by_a_query(program: Run, words: list[str], expected: list[str]) -> None:
    """Words of the command line are one query, and-ed with the options; a dash is no option there."""
    assert sorted(listed(program, *words)) == sorted(expected)


def test_the_subcommands_of_cards_stay(program: Run) -> None:
    """The first word decides; a mistyped one finds nothing and is told the nearest."""
    assert "A contract needs" in program("cards", "show", "contract-parts").stdout
    assert program("cards", "--json", "show", "contract-parts").returncode == 0
    assert "Usage: certdrill cards new" in program("cards", "new", "--help").stdout
    mistyped = program("cards", "shwo", "contract-parts").stdout
    assert mistyped.endswith("0 cards\nDid you mean `certdrill cards show`?\n")


def test_a_mistake_in_a_query_is_shown_under_it(program: Run, tmp_path: Path) -> None:
    """One refusal on stderr, with a caret, and nothing is opened or written."""
    for command in ("cards", "due", "review", "export", "suspend"):
        refused = program(command, "domain:law", "tag:tort", "or", "x")
        assert (refused.returncode, refused.stdout) == (1, "")
        assert refused.stderr == (
            "certdrill: no tag 'tort'; nearest: torts\n    domain:law tag:tort or x\n                   ^\n"
        )
    assert not (tmp_path / "h.db").exists()


def test_a_mistyped_option_is_still_wrong_usage(program: Run) -> None:
    """Two dashes are an option, whatever the query takes; a missing value is said as ever."""
    for command in ("cards", "due", "review", "export", "suspend"):
        wrong = program(command, "offer", "--domian", "law")
        assert (wrong.returncode, "No such option" in wrong.stderr) == (2, True)
    missing = program("cards", "offer", "--domain")
    assert (missing.returncode, "requires an argument" in missing.stderr) == (2, True)
    assert listed(program, "--", "-domain:ethics", "-tag:torts") == ["contract-parts", "latin-word"]


def test_mock_items_match_no_query(folder: Path, program: Run) -> None:
    """Neither by their text nor by their id, and they cannot be set aside either."""
    (folder / "mocks").mkdir()
    exam = EXAM + 'objectives:\n  - {id: "1", domain: law, text: Contracts}\n'
    (folder / "exam.yaml").write_text(exam)
    item = "form: form-a\ncards:\n  - {id: hidden-item, kind: basic, objective: '1', front: An offer?, back: Yes.}\n"
    (folder / "mocks" / "a.yaml").write_text(item)
    assert "hidden-item" not in listed(program, "offer")
    assert listed(program, "hidden-item") == []
    refused = program("suspend", "hidden-item")
    assert (refused.returncode, "belongs to mock form form-a" in refused.stderr) == (1, True)


def test_states_and_memories_are_asked_of_the_history(program: Run, tmp_path: Path) -> None:
    """A card is listed when one of its units matches."""
    with opened(tmp_path / "h.db") as history:
        learn(history, "offer-meaning")
        learn(history, "contract-parts#c1", START + 55)
        rate(history, "latin-word#f", Rating.AGAIN, START + 60, -30)
    assert listed(program, "is:review") == ["offer-meaning", "contract-parts"]
    assert listed(program, "is:due") == ["offer-meaning", "latin-word"]
    assert listed(program, "is:learning") == ["latin-word"]
    assert listed(program, "prop:r<0.9") == ["offer-meaning"]
    assert listed(program, "prop:due<0") == ["offer-meaning"]
    assert listed(program, "rated:1") == ["latin-word"]
    assert listed(program, "rated:1:again") == ["latin-word"]
    assert listed(program, "rated:6 -rated:1") == ["contract-parts"]
    assert listed(program, "is:new", "domain:law") == ["contract-parts", "latin-word"]
    assert listed(program, "rated:61:easy", "is:due") == ["offer-meaning"]
    program("undo")
    assert listed(program, "rated:1") == []


def test_cards_are_found_by_when_they_were_recorded(folder: Path, certdrill: Run, program: Run) -> None:
    """`added:` goes by the lock; what is not in it yet was added today."""
    certdrill("--cards", folder, "--now", now(START + 31), "check", "--write-lock")
    (folder / "more.yaml").write_text(basic_cards("law", 1, "more"))
    assert listed(program, "added:29") == ["more-law-a"]
    assert len(listed(program, "added:30")) == 8


def test_due_counts_the_units_of_a_query(program: Run) -> None:
    """Of a cloze with two deletions one may be counted alone."""
    report = json.loads(program("due", "contract-parts#c1 or domain:ethics", "--json").stdout)
    assert (report["domains"]["law"]["unseen"], report["domains"]["ethics"]["unseen"]) == (1, 4)
    assert report["total"]["new"] == 5


def test_export_takes_the_cards_of_a_query(program: Run, folder: Path, tmp_path: Path) -> None:
    """`-o` is still the output beside `-objective:`; the history is read only to learn where units stand."""
    done = program("export", "domain:law", "-kind:basic", "-o", tmp_path / "x.apkg", day=START)
    assert "2 notes, 4 cards in" in done.stdout, done.stderr
    (folder / "exam.yaml").write_text(EXAM + 'objectives:\n  - {id: "1.1", domain: law, text: Know}\n')
    one = basic_cards("law", 1, "more").replace("kind: basic", 'kind: basic\n    objective: "1.1"')
    (folder / "more.yaml").write_text(one)
    rest = program("export", "domain:law", "-objective:1.1", f"-o{tmp_path / 'w.apkg'}", day=START)
    assert "3 notes, 5 cards in" in rest.stdout, rest.stderr
    assert (tmp_path / "w.apkg").exists()
    (tmp_path / "h.db").write_text("no history")
    assert program("export", "offer", "-o", tmp_path / "y.apkg").returncode == 0
    assert "is not a certdrill history" in program("export", "is:new", "-o", tmp_path / "z.apkg").stderr
    (tmp_path / "h.db").unlink()
    nothing = program("export", "is:due", "-o", tmp_path / "z.apkg")
    assert (nothing.returncode, "no card matches" in nothing.stderr) == (1, True)


def test_review_shows_the_units_of_a_query_only(program: Run, tmp_path: Path) -> None:
    """`ID#c2` is drilled alone, though c1 would come first; what nothing can match is refused before all else."""
    done = program("review", "contract-parts#c2", stdin="\n3\nq\n")
    assert "A contract needs offer and [...]." in done.stdout
    with opened(tmp_path / "h.db") as history:
        assert [Unit(event.card, event.part) for event in history.events()] == [Unit("contract-parts", "c2")]
    empty = program("review", "offer", "domain:ethics")
    assert (empty.returncode, "no card matches" in empty.stderr) == (1, True)
    assert "Nothing to study now" in program("review", "is:due -is:learning").stdout


def test_suspend_acts_on_the_matching_units_and_counts_them(program: Run, tmp_path: Path) -> None:
    """Only what is not suspended yet is suspended; a second time there is nothing to do."""
    assert program("suspend", "contract-parts#c2").stdout == "Suspended: contract-parts#c2 (1 card)\n"
    done = program("suspend", "kind:cloze", "or", "kind:basic", "domain:law")
    assert done.stdout == "Suspended: offer-meaning, contract-parts#c1 (2 cards)\n"
    assert program("suspend", "kind:cloze").stdout == ("Nothing to change: of 2 units of 1 card each is so already.\n")
    assert actions(tmp_path / "h.db") == [
        ("suspend", "contract-parts", "c2"),
        ("suspend", "offer-meaning", ""),
        ("suspend", "contract-parts", "c1"),
    ]
    assert listed(program, "is:suspended") == ["offer-meaning", "contract-parts"]
    assert program("unsuspend", "is:suspended").stdout == (
        "Back in the drill: offer-meaning, contract-parts#c1, contract-parts#c2 (3 units of 2 cards)\n"
    )


def test_ids_alone_are_alternatives_and_mistyped_ones_are_refused(program: Run, tmp_path: Path) -> None:
    """`suspend ID ID` works as ever; a text that looks like an id is never searched for."""
    assert "(3 units of 2 cards)" in program("suspend", "offer-meaning", "contract-parts").stdout
    refused = program("bury", "offer-meaning", "contract-prats")
    assert refused.stderr.startswith("certdrill: no card 'contract-prats'; nearest: contract-parts")
    part = program("bury", "contract-parts#c9")
    assert part.stderr.splitlines()[0] == (
        "certdrill: no unit 'contract-parts#c9'; nearest: contract-parts#c2, contract-parts#c1"
    )
    nothing = program("bury", "unheard of")
    assert (nothing.returncode, "no card matches" in nothing.stderr) == (1, True)
    for words in ([], [""], [" "]):
        assert program("reset", *words).returncode == 2
    assert [name for name, _, _ in actions(tmp_path / "h.db")] == ["suspend"] * 3


@pytest.mark.parametrize("action", ["suspend", "unsuspend", "bury", "unbury", "reset"])
def test_a_dry_run_lists_what_would_change_and_changes_nothing(program: Run, tmp_path: Path, action: str) -> None:
    """The file keeps its bytes; the count and the units are those of the real run."""
    with opened(tmp_path / "h.db") as history:
        learn(history, "offer-meaning", START + 59)
        for unit in ("contract-parts#c1", "latin-word#f"):
            history.act(Unit(*unit.split("#")), "suspend", at(START + 60), START + 60)
            history.act(Unit(*unit.split("#")), "bury", at(START + 60), START + 60)
    before = (tmp_path / "h.db").read_bytes()
    dry = program(action, "domain:law", "--dry-run").stdout.splitlines()
    assert (tmp_path / "h.db").read_bytes() == before
    *would, count = dry
    assert count.endswith(", were it not for --dry-run; nothing was changed.")
    real = program(action, "domain:law").stdout
    assert real.split(": ", 1)[1].split(" (")[0].split(", ") == would
    assert {
        "suspend": ["offer-meaning", "contract-parts#c2", "latin-word#r"],
        "unsuspend": ["contract-parts#c1", "latin-word#f"],
        "bury": ["offer-meaning", "contract-parts#c2", "latin-word#r"],
        "unbury": ["contract-parts#c1", "latin-word#f"],
        "reset": ["offer-meaning"],
    }[action] == would


def test_a_dry_run_needs_no_history_of_ones_own(folder: Path, certdrill: Run, own_home: Path) -> None:
    """It only reads, so that a made-up time is no matter and nothing is made."""
    done = certdrill("--cards", folder, "--now", now(START), "suspend", "is:new", "--dry-run")
    assert done.stdout.endswith("9 units of 7 cards, were it not for --dry-run; nothing was changed.\n")
    assert not list(own_home.rglob("history.sqlite"))


def test_many_units_are_counted_and_not_all_named(program: Run, folder: Path) -> None:
    """Ten names are enough."""
    (folder / "more.yaml").write_text(basic_cards("law", 20, "more"))
    done = program("suspend", "id:more-*")
    assert done.stdout.endswith("more-law-i, more-law-j and 10 more (20 cards)\n")


def test_unbury_takes_the_burial_back_and_leaves_the_rest(program: Run, tmp_path: Path) -> None:
    """It is an undo of the burial, wherever that stands in the unit's log; what came later stays."""
    program("bury", "offer-meaning", "latin-word#f")
    program("suspend", "offer-meaning")
    assert listed(program, "is:buried") == ["offer-meaning", "latin-word"]
    assert program("unbury", "is:buried").stdout == "Back today: offer-meaning, latin-word#f (2 cards)\n"
    assert listed(program, "is:buried") == []
    assert listed(program, "is:suspended") == ["offer-meaning"]
    assert [name for name, _, _ in actions(tmp_path / "h.db")] == ["bury", "bury", "suspend", "undo", "undo"]
    assert "Nothing to change" in program("unbury", "offer-meaning").stdout
    with opened(tmp_path / "h.db") as history:
        before = history.states()
        history.rebuild()
        assert history.states() == before
    assert program("undo").stdout == "Taken back: suspend of offer-meaning\n"
    assert program("undo").returncode == 1


def test_a_burial_of_yesterday_is_over_by_itself(program: Run) -> None:
    """There is nothing left to take back."""
    program("bury", "offer-meaning", day=START + 59)
    assert "Nothing to change" in program("unbury", "offer-meaning").stdout


def test_leeches_are_listed_with_what_to_do(program: Run, tmp_path: Path) -> None:
    """Six lapses make one; a list that leaves them out gives no such advice."""
    with opened(tmp_path / "h.db") as history:
        lapse(history, "offer-meaning", 6)
        lapse(history, "contract-parts#c1", 5)
    shown = program("cards", "is:leech").stdout
    assert "offer-meaning" in shown
    assert "contract-parts" not in shown
    for advice in ("certdrill cards edit ID", "certdrill reset ID", "certdrill unsuspend ID"):
        assert advice in shown
    assert "Leeches" not in program("cards", "-is:leech").stdout
    assert "Leeches" not in program("cards", "is:leech", "domain:ethics").stdout
    program("reset", "is:leech")
    assert listed(program, "is:leech") == []


def test_undo_goes_several_steps_back_across_cards(program: Run, tmp_path: Path) -> None:
    """Ratings, suspensions, burials and resets of several cards, the latest first, in a process of its own."""
    with opened(tmp_path / "h.db") as history:
        learn(history, "offer-meaning", START + 1)
        learn(history, "latin-word#f", START + 2)
        states = history.states()
    program("suspend", "contract-parts#c1")
    program("bury", "offer-meaning")
    program("reset", "latin-word#f")
    program("unsuspend", "contract-parts#c1")
    lines = [
        "unsuspend of contract-parts#c1",
        "reset of latin-word#f",
        "bury of offer-meaning",
        "suspend of contract-parts#c1",
        "Easy of latin-word#f",
        "Easy of offer-meaning",
    ]
    before = (tmp_path / "h.db").read_bytes()
    dry = program("undo", "--steps", 4, "--dry-run")
    assert dry.stdout.splitlines() == [f"Would take back: {line}" for line in lines[:4]]
    assert (tmp_path / "h.db").read_bytes() == before
    assert program("undo", "--steps", 4).stdout.splitlines() == [f"Taken back: {line}" for line in lines[:4]]
    with opened(tmp_path / "h.db") as history:
        after = {unit: state._replace(last_event="") for unit, state in history.states().items() if state.memory}
    assert after == {unit: state._replace(last_event="") for unit, state in states.items()}
    rest = program("undo", "--steps", 9).stdout.splitlines()
    assert rest == [*(f"Taken back: {line}" for line in lines[4:]), "There was no more: 2 of 9 steps."]
    for more in ([], ["--dry-run"]):
        nothing = program("undo", "--steps", 2, *more)
        assert (nothing.returncode, nothing.stderr) == (1, "certdrill: nothing to undo\n")
    assert program("undo", "--steps", 0).returncode == 2


def test_what_would_be_undone_is_what_is_undone(program: Run) -> None:
    """After some undos and new events the dry run and the real one still agree, step by step."""
    program("suspend", "domain:ethics")
    program("undo", "--steps", 2)
    program("bury", "fact-ethics-d", "fact-ethics-a")
    program("undo")
    program("reset", "is:new")
    dry = program("undo", "--steps", 9, "--dry-run").stdout.splitlines()
    real = program("undo", "--steps", 9).stdout.splitlines()
    assert [line.partition(": ")[2] for line in dry] == [line.partition(": ")[2] for line in real]
    assert len(dry) == 4


def test_the_help_says_how_to_ask(program: Run) -> None:
    """Every command that takes a query names its terms."""
    for command in ("cards", "review", "due", "export", "suspend", "unsuspend", "bury", "unbury", "reset"):
        shown = program(command, "--help").stdout
        assert "QUERY" in shown.splitlines()[0]
        assert "prop:r<0.8" in " ".join(shown.split())


def test_without_a_query_its_reader_is_not_imported(folder: Path) -> None:
    """`due`, which has no time to lose, reads no module it does not need."""
    code = "import sys, certdrill.cli.main as m; m.run(sys.argv[1:]); print('certdrill.study.query' in sys.modules)"
    for words, used in (([], "False"), (["domain:law"], "True")):
        command = [sys.executable, "-c", code, "--cards", str(folder), "due", *words]
        assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1] == used
