from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certdrill.corpus.lock import BadLockError, Lock, dump, meaning, parse, updated
from certdrill.model import Card, Domain, Exam, Objective
from conftest import Run, basic_cards, letters

NOW = 1_795_000_000_000
EXAM = Exam(
    id="bar-exam",
    title="Bar Exam",
    domains=(Domain("law", "Law of Contracts", 60), Domain("ethics", "Ethics", 40)),
    objectives=(Objective("1.1", "law", "Know the law"),),
)
UNITS = {"reversed": ("f", "r"), "cloze": ("c1", "c2")}
Pair = tuple[Card, dict[str, Any]]


def card(name: str, domain: str = "law", kind: str = "basic", rev: int = 1, **fields: Any) -> Pair:
    """Return the head and the fields of a card; reversed and cloze cards have two units."""
    own = {"cloze": {"text": "{{c1::a}} {{c2::b}}"}}.get(kind, {"front": f"What is {name}?", "back": f"A {name}."})
    record = {"id": name, "kind": kind, **own, **fields}
    tags = tuple(fields.get("tags", ()))
    return Card(name, kind, domain, UNITS.get(kind, ("",)), rev=rev, tags=tags), record


def seen(*cards: Pair, before: Lock | None = None, now: int = NOW, accept: bool = False, exam: Exam = EXAM) -> Lock:
    return updated(before or Lock(), exam, cards, now, accept=accept)


def places(lock: Lock, domain: str = "law") -> list[str]:
    """Return the units of a domain in the order of its list."""
    found = {
        place: f"{name}#{part}" if part else name
        for name, entry in lock.cards.items()
        if entry.domain == domain
        for part, place in entry.order.items()
    }
    return [found[place] for place in sorted(found)]


def test_new_cards_go_to_the_end_wherever_they_stand_in_the_yaml() -> None:
    """Anki never moves cards it already has, so a list only grows at its end."""
    first = seen(card("a-b"), card("c-d"))
    second = seen(card("new-one"), card("a-b"), card("new-two"), card("c-d"), before=first)
    assert places(first) == ["a-b", "c-d"]
    assert places(second) == ["a-b", "c-d", "new-one", "new-two"]


def test_siblings_stand_apart() -> None:
    """All first units of a run come before its second ones."""
    lock = seen(card("a-b", kind="reversed"), card("c-d", kind="cloze"), card("e-f"))
    assert places(lock) == ["a-b#f", "c-d#c1", "e-f", "a-b#r", "c-d#c2"]


def test_a_new_unit_of_an_old_card_goes_to_the_end() -> None:
    """A third deletion leaves the places of the first two."""
    first = seen(card("a-b", kind="cloze"), card("c-d"))
    head, record = card("a-b", kind="cloze", text="{{c1::a}} {{c2::b}} {{c3::c}}")
    second = seen((head._replace(units=("c1", "c2", "c3")), record), card("c-d"), before=first)
    assert places(second) == ["a-b#c1", "c-d", "a-b#c2", "a-b#c3"]


def test_a_moved_domain_keeps_the_card_and_takes_a_new_place() -> None:
    """Identity and age stay, and the card joins the end of the other domain's list."""
    first = seen(card("a-b"), card("c-d"), card("x-y", "ethics"))
    second = seen(card("a-b", "ethics"), card("c-d"), card("x-y", "ethics"), before=first, now=NOW + 5_000)
    assert places(second) == ["c-d"]
    assert places(second, "ethics") == ["x-y", "a-b"]
    assert second.cards["a-b"].seen == first.cards["a-b"].seen
    assert second.cards["c-d"] == first.cards["c-d"]


def test_mock_items_are_recorded_without_a_place() -> None:
    """They are never drilled, and their ids are never used again."""
    head, record = card("a-b")
    lock = seen((head._replace(form="form-a"), record), card("c-d"))
    assert lock.cards["a-b"].order == {}
    assert places(lock) == ["c-d"]


@pytest.mark.parametrize("change", [
    {"verified": "2026-11-22"}, {"difficulty": 3}, {"lint_ok": ["x"]}, {"requires": ["c-d"]}, {"volatile": True},
])  # fmt: skip
def test_what_no_export_shows_changes_nothing(change: dict[str, Any]) -> None:
    """Checking a source again is no change of the card."""
    first = seen(card("a-b"))
    assert seen(card("a-b", **change), before=first, now=NOW + 60_000) == first


@pytest.mark.parametrize("change", [
    {"front": "What else?"}, {"why": "Because."}, {"tags": ["t"]}, {"sources": [{"url": "https://example.org"}]},
    {"front": "What  is a-b?"}, {"front": "What is a-b?\n    indented"},
])  # fmt: skip
def test_whatever_an_export_shows_dates_the_change_and_keeps_the_card(change: dict[str, Any]) -> None:
    """A typo, a tag, a source: place, age and meaning stay, `changed` is now; white space counts, it may be code."""
    first = seen(card("a-b"))
    second = seen(card("a-b", **change), before=first, now=NOW + 60_000)
    entry = first.cards["a-b"]
    after = entry._replace(looks=second.cards["a-b"].looks, changed=entry.changed + 60)
    assert second.cards["a-b"] == after
    assert after.looks != entry.looks


def test_a_new_title_of_a_domain_changes_every_card_of_it() -> None:
    """An export shows titles, so imports must see that notes are newer."""
    first = seen(card("a-b"), card("x-y", "ethics"))
    renamed = Exam(EXAM.id, EXAM.title, (Domain("law", "Law", 60), EXAM.domains[1]), EXAM.objectives)
    second = seen(card("a-b"), card("x-y", "ethics"), before=first, now=NOW + 1_000, exam=renamed)
    assert second.cards["a-b"].changed > first.cards["a-b"].changed
    assert second.cards["x-y"] == first.cards["x-y"]


def test_changes_within_one_second_still_grow() -> None:
    """Anki compares whole seconds: the second change of a second is dated into the next, also by a slow clock."""
    lock = seen(card("a-b"))
    for number, now in enumerate([NOW, NOW, NOW - 86_400_000], 1):
        lock = seen(card("a-b", front=f"Wording {number}?"), before=lock, now=now)
        assert lock.cards["a-b"].changed == NOW // 1000 + number


def test_a_changed_answer_without_a_new_rev_keeps_its_old_meaning() -> None:
    """So the warning stays until someone decides; accepting it records the new one."""
    first = seen(card("a-b"))
    changed = card("a-b", back="Something else.")
    assert seen(changed, before=first).cards["a-b"].meaning == first.cards["a-b"].meaning
    assert seen(changed, before=first, accept=True).cards["a-b"].meaning == meaning(changed[1])


def test_a_raised_rev_is_recorded_with_its_meaning() -> None:
    """Raising `rev` is the other remedy."""
    first = seen(card("a-b"))
    changed = card("a-b", back="Something else.", rev=2)
    entry = seen(changed, before=first).cards["a-b"]
    assert (entry.rev, entry.meaning) == (2, meaning(changed[1]))


@pytest.mark.parametrize(("kind", "fields", "same", "other"), [
    ("basic", {"back": "a  b"}, {"back": "a\nb", "front": "F"}, {"back": "a c"}),
    ("cloze", {"text": "x {{c1::a}} {{c2::b}}"}, {"text": "y {{c2::b}} {{c1::a::h}}"},
     {"text": "x {{c1::b}} {{c2::a}}"}),
    ("typed", {"answer": "a", "accept": ["b", "c"]}, {"answer": "a", "accept": ["c", "b"], "match": "exact"},
     {"answer": "a", "accept": ["b"]}),
    ("choice", {"options": [{"text": "a", "correct": True}, {"text": "b"}]},
     {"options": [{"text": "c", "why": "w"}, {"text": "a", "correct": True}]},
     {"options": [{"text": "a"}, {"text": "b", "correct": True}]}),
    ("order", {"steps": ["a", "b"]}, {"steps": ["a ", "b"], "stem": "S"}, {"steps": ["b", "a"]}),
    ("reversed", {"front": "a", "back": "b"}, {"front": "a", "back": "b", "why": "w"}, {"front": "A", "back": "b"}),
])  # fmt: skip
def test_the_meaning_of_a_kind_is_its_answer(
    kind: str, fields: dict[str, Any], same: dict[str, Any], other: dict[str, Any]
) -> None:
    """Question, reasons, wrong options and line breaks may change without a new rev; the answer may not."""
    first, second, third = ({"kind": kind, **one} for one in (fields, same, other))
    assert meaning(first) == meaning(second) != meaning(third)


def test_entries_of_cards_that_are_gone_are_kept() -> None:
    """A card that comes back is the same card, and its place was never given away."""
    first = seen(card("a-b"), card("c-d"))
    second = seen(card("a-b"), card("e-f"), before=first)
    third = seen(card("a-b"), card("c-d"), card("e-f"), before=second)
    assert places(third) == ["a-b", "c-d", "e-f"]
    assert third.cards["c-d"] == first.cards["c-d"]


def test_note_ids_of_one_run_lie_in_the_past_and_apart() -> None:
    """A hundred new cards at once still have ids that Anki's clock has reached."""
    lock = seen(*(card(f"fact-{letters(number)}") for number in range(100)))
    ids = sorted(entry.seen for entry in lock.cards.values())
    assert ids[-1] < NOW
    assert {later - earlier for earlier, later in pairwise(ids)} == {100}


NAMES = [f"fact-{letter}" for letter in "abcdefgh"]
edits = st.lists(
    st.tuples(
        st.sampled_from(["insert", "insert", "answer", "typo", "move", "drop", "rev", "unit"]),
        st.sampled_from(NAMES),
        st.integers(0, 8),
        st.integers(-100_000, 100_000),
        st.booleans(),
    ),
    max_size=14,
)


@given(edits)
def test_whatever_is_edited_identity_age_and_place_stay(steps: list[tuple[str, str, int, int, bool]]) -> None:
    """Over any sequence of edits: `seen` and places never change, are unique, and `changed` moves with the looks."""
    lock, now = Lock(), NOW
    cards: list[Pair] = []
    for number, (edit, name, at, wait, accept) in enumerate(steps):
        found = next((index for index, (head, _) in enumerate(cards) if head.id == name), None)
        if edit == "insert" and found is None:
            cards.insert(at, card(name, "law" if at % 2 else "ethics", "cloze" if at % 3 else "basic"))
        elif found is not None:
            head, record = cards.pop(found)
            answer = {"text" if head.kind == "cloze" else "back": f"{{{{c1::new {number}}}}} {{{{c2::b}}}}"}
            if edit == "move":
                head = head._replace(domain="law" if head.domain == "ethics" else "ethics")
            elif edit == "rev":
                head, record = head._replace(rev=head.rev + 1), {**record, **answer}
            elif edit == "unit" and head.kind == "cloze":
                head = head._replace(units=(*head.units, f"c{len(head.units) + 1}"))
            else:
                record = {**record, **(answer if edit == "answer" else {"why": f"Typo {number}"})}
            if edit != "drop":
                cards.insert(at, (head, record))
        before, now = lock, now + wait
        lock = updated(before, EXAM, cards, now, accept=accept)
        _holds(before, lock)
        assert parse(dump(lock)) == lock
        assert updated(lock, EXAM, cards, now + 1, accept=False) == lock


def _holds(before: Lock, after: Lock) -> None:
    for name, old in before.cards.items():
        new = after.cards[name]
        assert new.seen == old.seen
        assert new.changed > old.changed if new.looks != old.looks else new.changed == old.changed
        if new.domain == old.domain:
            assert old.order.items() <= new.order.items()
    for domain in ("law", "ethics"):
        taken = [place for one in after.cards.values() if one.domain == domain for place in one.order.values()]
        assert len(set(taken)) == len(taken)
        earlier = [place for one in before.cards.values() if one.domain == domain for place in one.order.values()]
        stayed = {
            (name, part)
            for name, one in before.cards.items()
            if one.domain == domain == after.cards[name].domain
            for part in one.order
        }
        for name, one in after.cards.items():
            for part, place in one.order.items() if one.domain == domain else ():
                assert (name, part) in stayed or place > max(earlier, default=-1)
    ids = sorted(entry.seen for entry in after.cards.values())
    assert all(later - earlier >= 100 for earlier, later in pairwise(ids))


def test_a_lock_has_one_line_a_card_sorted_by_id() -> None:
    """Versions merge line by line, and an empty file is an empty lock."""
    lines = dump(seen(card("c-d"), card("a-b"))).decode().split("\n")
    assert [line[:8] for line in lines] == ['{"schema', '  "a-b":', '  "c-d":', "}}", ""]
    assert parse(b"") == parse(b"\n") == Lock()


ENTRY = dict(zip(("kind", "rev", "meaning", "looks", "seen", "changed", "domain", "order"),
                 ("basic", 1, "m", "l", 100, 1, "law", {"": 0}), strict=True))  # fmt: skip


def whole(**changes: Any) -> str:
    return json.dumps({"schema": 1, "exam": "bar-exam", "cards": {"a-b": {**ENTRY, **changes}}})


def test_a_sound_lock_is_read() -> None:
    """The text the broken ones below are made from is a lock."""
    assert parse(whole().encode()).cards["a-b"].seen == 100


@pytest.mark.parametrize("text", [
    "<<<<<<< mine", "[]", '"x"', "{}", "null", "[" * 100_000, '{"schema": 2, "exam": "e", "cards": {}}',
    '{"schema": 1, "cards": {}}', '{"schema": 1, "exam": "e", "cards": []}', whole(more=1), whole(seen="100"),
    whole(order=[]), whole(order={"": "0"}), whole(rev=True), whole().replace('"rev": 1, ', ""),
    '{"schema": 1, "exam": "e", "cards": {"a-b": {"\x1b": 1}}}',
])  # fmt: skip
def test_a_broken_lock_is_refused(text: str) -> None:
    """Anything certdrill did not write is no lock; no other exception comes out."""
    with pytest.raises(BadLockError):
        parse(text.encode())


def lock_of(folder: Path) -> dict[str, Any]:
    cards: dict[str, Any] = json.loads((folder / "ids.lock").read_bytes())["cards"]
    return cards


def test_check_and_export_write_the_lock_and_only_when_something_is_new(
    corpus: Callable[..., Path], certdrill: Run, tmp_path: Path
) -> None:
    """The journey of a card's answer: recorded, changed, warned of, exported, accepted."""
    folder = corpus(law=basic_cards("law", 2), ethics=basic_cards("ethics", 1))
    assert certdrill("--cards", folder, "check").returncode == 0
    assert not (folder / "ids.lock").exists()
    assert certdrill("--cards", folder, "check", "--write-lock").returncode == 0
    first = (folder / "ids.lock").read_bytes()
    assert sorted(lock_of(folder)) == ["fact-ethics-a", "fact-law-a", "fact-law-b"]

    deck = tmp_path / "deck.apkg"
    exported = certdrill("--cards", folder, "export", "-o", deck)
    assert (exported.returncode, exported.stderr) == (0, "")
    assert (folder / "ids.lock").read_bytes() == first

    corpus(law=basic_cards("law", 2).replace("It is number 0.", "It is another."), ethics=basic_cards("ethics", 2))
    exported = certdrill("--cards", folder, "export", "-o", deck)
    assert exported.returncode == 0
    assert exported.stderr == f"2 cards recorded in {folder}/ids.lock\n"
    warned = certdrill("--cards", folder, "check")
    assert (warned.returncode, warned.stdout.count(" warning: the answer of 'fact-law-a' changed")) == (0, 1)
    accepted = certdrill("--cards", folder, "check", "--write-lock")
    assert (accepted.returncode, accepted.stdout.count("warning:")) == (0, 0)
    assert {name: entry["seen"] for name, entry in lock_of(folder).items()}.items() >= {
        name: entry["seen"] for name, entry in json.loads(first)["cards"].items()
    }.items()


def test_an_installed_corpus_is_never_written(corpus: Callable[..., Path], certdrill: Run, tmp_path: Path) -> None:
    """A folder inside site-packages is refused with what to do, and stays as it is."""
    folder = tmp_path / "site-packages" / "certdrill" / "cards"
    folder.parent.mkdir(parents=True)
    corpus(law=basic_cards("law", 1)).rename(folder)
    for command in (["check", "--write-lock"], ["export", "-o", tmp_path / "deck.apkg"]):
        refused = certdrill("--cards", folder, *command)
        assert refused.returncode == 1
        assert "(fact-law-a) are new or changed" in refused.stderr
        assert "copy the corpus to a folder of your own and name it with --cards" in refused.stderr
        assert sorted(path.name for path in folder.iterdir()) == ["exam.yaml", "law.yaml"]
    assert not (tmp_path / "deck.apkg").exists()


@pytest.mark.parametrize("command", [["check", "--write-lock"], ["export"]])
def test_a_lock_that_cannot_be_written_is_refused_and_leaves_nothing(
    command: list[str], corpus: Callable[..., Path], certdrill: Run
) -> None:
    """Nothing is half written: neither a lock nor the file beside it."""
    folder = corpus(law=basic_cards("law", 1))
    (folder / "ids.lock").mkdir()
    refused = certdrill("--cards", folder, *command)
    assert refused.returncode == 1
    assert refused.stderr.startswith("certdrill: ")
    assert sorted(path.name for path in folder.iterdir()) == ["exam.yaml", "ids.lock", "law.yaml"]


def test_the_marks_of_a_merge_are_named() -> None:
    """After a conflict the lock says what to keep, in words and not in Python's."""
    with pytest.raises(BadLockError, match="the marks of a merge: keep the lines of both sides"):
        parse(b'{"schema": 1,\n<<<<<<< ours\n')
    with pytest.raises(BadLockError, match="its text is not what certdrill wrote"):
        parse(b'{"schema": 1, "exam": "a-b", "cards": {"x-y": {}}}')
