from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from certdrill.corpus.files import Files
from certdrill.corpus.lock import Lock, dump, updated
from certdrill.corpus.read import read_library
from certdrill.corpus.rules import RULES, check
from certdrill.model import ERROR, WARNING, Problem

EXAM = """\
id: bar-exam
title: Bar Exam
domains:
  - {id: law, title: Law of Contracts, weight: 60}
  - {id: ethics, title: Ethics, weight: 40}
objectives:
  - {id: "1.1", domain: law, text: Know the law}
  - {id: "2.1", domain: ethics, text: Know what is right}
"""
GOOD = {
    "basic": "{id: a-b, kind: basic, front: Q, back: A, objective: '1.1'}",
    "choice": "{id: a-b, kind: choice, stem: S, options: [{text: X, correct: true}, {text: Y}]}",
    "cloze": "{id: a-b, kind: cloze, text: '{{c1::One}} and {{c2::two}}'}",
    "order": "{id: a-b, kind: order, stem: S, steps: [one, two]}",
}


def problems(*cards: str, exam: str = EXAM, **files: str | bytes) -> list[Problem]:
    """Return all problems of a file of the domain law with these cards, and of further files."""
    raw: Files = {"exam.yaml": exam.encode()}
    if cards:
        raw["law.yaml"] = ("domain: law\ncards:\n" + "".join(f"  - {card}\n" for card in cards)).encode()
    for name, text in files.items():
        raw[name if name == "ids.lock" else f"{name}.yaml"] = text if isinstance(text, bytes) else text.encode()
    return check(read_library(raw))


def locked(*cards: str) -> bytes:
    """Return the lock of a file of the domain law with these cards."""
    raw = ("domain: law\ncards:\n" + "".join(f"  - {card}\n" for card in cards)).encode()
    library = read_library({"exam.yaml": EXAM.encode(), "law.yaml": raw})
    pairs = [(draft.card, draft.record) for draft in library.drafts]
    return dump(updated(Lock(), library.exam, pairs, 1_795_000_000_000, accept=False))


def retired(card: str, **more: str) -> str:
    return f"retired:\n  - {json.dumps({'id': card, 'date': '2026-01-31', 'reason': 'wrong', **more})}\n"


Case = tuple[str, list[str], dict[str, Any], str]


def broken() -> Iterator[Case]:
    """Yield a rule's id, the cards and files that break it, and where and how it says so."""
    basic, other = GOOD["basic"], GOOD["basic"].replace("a-b", "c-d")
    yield "id-repeated", [basic, other, basic], {}, "law.yaml:5:10: error: the id 'a-b' again (first in law.yaml:3)"
    yield "objective-unknown", [basic.replace("1.1", "9.9")], {}, "law.yaml:3:58: error: the unknown objective '9.9'"
    yield (
        "objective-unknown",
        [basic.replace("1.1", "2.1")],
        {},
        "law.yaml:3:58: error: objective 2.1 belongs to the domain 'ethics'",
    )
    yield (
        "mock-objective",
        [basic],
        {"mocks/form": "form: form-a\ncards: [{id: m-m, kind: basic, front: Q, back: A}]\n"},
        "mocks/form.yaml:2:25: error: an item of a mock form without 'objective'; add `objective:`",
    )
    yield (
        "strict-missing",
        [basic],
        {"exam": EXAM + "strict: true\n"},
        "law.yaml:3:21: error: a card of a strict corpus without 'level'; add `level:`",
    )
    yield (
        "strict-missing",
        [GOOD["choice"]],
        {"exam": EXAM + "strict: true\n"},
        "law.yaml:3:48: error: an option of a strict corpus without 'why'",
    )
    none = GOOD["choice"].replace(", correct: true", "")
    yield "choice-key", [none], {}, "law.yaml:3:47: error: 0 options are marked right where select is 1"
    both = GOOD["choice"].replace("{text: Y}", "{text: Y, correct: true}")
    yield "choice-key", [both], {}, "law.yaml:3:47: error: 2 options are marked right where select is 1"
    every = both.replace("stem: S", "stem: S, select: 2")
    yield "choice-key", [every], {}, "law.yaml:3:58: error: every option is right; add a wrong one"
    yield (
        "item-repeated",
        [GOOD["choice"].replace("text: Y", "text: ' x '")],
        {},
        "law.yaml:3:74: error: the same text twice under options",
    )
    yield (
        "item-repeated",
        [GOOD["order"].replace("two", "One")],
        {},
        "law.yaml:3:50: error: the same text twice under steps",
    )
    for text, message in [
        ("no deletion", "a cloze without a deletion; mark one: {{c1::answer}}"),
        ("{{c1::never closed", "a cloze without a deletion"),
        ("{{c1::One}} and {{c3::three}}", "deletions numbered c1, c3; number them from c1 without a gap"),
        ("{{c2::two}}", "deletions numbered c2"),
        ("{{c1::a {{c2::b}} c}}", "a deletion inside or after an open one"),
        ("{{c1::a}} and {{c2::b", "a deletion inside or after an open one"),
        ("{{c1::}}", "the deletion c1 is empty"),
        ("{{c1:: }}", "the deletion c1 is empty"),
        (" ".join(f"{{{{c{number}::x}}}}" for number in range(1, 11)), "10 deletions in one card"),
    ]:
        yield "cloze-deletions", [f"{{id: a-b, kind: cloze, text: '{text}'}}"], {}, f"law.yaml:3:34: error: {message}"
    outside = basic.replace("front", "media: [a.png, ../b.png], front")
    yield (
        "media-file",
        [outside],
        {},
        "law.yaml:3:43: error: the path '../b.png' leaves the corpus or is hidden; keep the file in the folder",
    )
    for key in ("contrast", "requires"):
        with_other = basic.replace("front", f"{key}: [a-c], front")
        yield (
            "reference-unknown",
            [with_other],
            {},
            f"law.yaml:3:39: error: the unknown card 'a-c' under {key}",
        )
    itself = basic.replace("front", "contrast: [a-b], front")
    yield "reference-unknown", [itself], {}, "law.yaml:3:39: error: the card names itself under contrast"
    yield "id-retired", [basic], {"retired": retired("a-b")}, "law.yaml:3:10: error: the id 'a-b' was retired"
    yield (
        "id-retired",
        [basic],
        {"retired": retired("x-y", replaced_by="z-z")},
        "retired.yaml:2:5: error: the unknown card 'z-z' under replaced_by",
    )
    yield "lock-broken", [basic], {"ids.lock": b"<<<<<<< mine"}, "ids.lock:1:1: error: the lock cannot be read"
    yield (
        "lock-broken",
        [basic],
        {"ids.lock": locked(basic).replace(b"bar-exam", b"war-exam")},
        "exam.yaml:1:1: error: the lock belongs to the exam 'war-exam', the blueprint says 'bar-exam'",
    )
    yield (
        "id-vanished",
        [other],
        {"ids.lock": locked(basic, other)},
        "ids.lock:2:1: error: the card 'a-b' has vanished; bring it back or mend its id",
    )
    yield (
        "kind-changed",
        [GOOD["order"]],
        {"ids.lock": locked(basic)},
        "law.yaml:3:21: error: 'a-b' was a basic card; a card of another kind is a new fact: give it a new id",
    )
    yield (
        "kind-changed",
        [basic],
        {"ids.lock": locked(basic.replace("kind", "rev: 3, kind"))},
        "law.yaml:3:5: error: rev 1 after rev 3; rev only grows: write 3 or more",
    )
    yield (
        "answer-changed", [basic.replace("back: A", "back: B")], {"ids.lock": locked(basic)},
        "law.yaml:3:10: warning: the answer of 'a-b' changed under the same rev; if it means something else now, "
        "raise `rev` to 2 and the card is due again; if only its wording changed, accept it with "
        "`certdrill check --write-lock`",
    )  # fmt: skip


@pytest.mark.parametrize(("rule", "cards", "files", "message"), [*broken()])
def test_a_rule_fires_with_file_and_line(rule: str, cards: list[str], files: dict[str, Any], message: str) -> None:
    """A broken rule is told where it is broken, with what to do and the line itself."""
    mine = [problem for problem in problems(*cards, **files) if problem.rule == rule]
    assert message in "\n".join(map(str, mine))
    assert all(problem.excerpt for problem in mine)


def kept() -> Iterator[Case]:
    """Yield a rule's id, and cards and files that come near to breaking it and do not."""
    basic, other = GOOD["basic"], GOOD["basic"].replace("a-b", "c-d")
    sources = "sources: [{url: 'https://example.org'}]"
    yield "id-repeated", [basic, other], {}, ""
    yield "objective-unknown", [basic], {}, ""
    yield "mock-objective", [basic], {}, ""
    yield "strict-missing", [GOOD["choice"]], {}, ""
    full = basic.replace("kind", f"level: apply, {sources}, kind")
    yield "strict-missing", [full], {"exam": EXAM + "strict: true\n"}, ""
    yield "choice-key", [GOOD["choice"]], {}, ""
    three = "[{text: X, correct: true}, {text: Y, correct: true}, {text: Z}]"
    yield "choice-key", [f"{{id: a-b, kind: choice, stem: S, select: 2, options: {three}}}"], {}, ""
    yield "item-repeated", [GOOD["order"]], {}, ""
    yield "cloze-deletions", [GOOD["cloze"]], {}, ""
    yield "cloze-deletions", ["{id: a-b, kind: cloze, text: '{{c1::One}}, `{{ x }}` and {{c1::two::no}}'}"], {}, ""
    inside = "media: [a.png, {file: x/y.MP3, alt: A beep, side: answer}], front"
    yield "media-file", [basic.replace("front", inside)], {}, ""
    yield "reference-unknown", [basic.replace("front", "contrast: [c-d], requires: [c-d], front"), other], {}, ""
    yield "id-retired", [basic], {"retired": retired("x-y", replaced_by="a-b")}, ""
    yield "lock-broken", [basic], {"ids.lock": b""}, ""
    yield "lock-broken", [basic], {"ids.lock": locked(basic)}, ""
    yield "id-vanished", [other], {"ids.lock": locked(basic, other), "retired": retired("a-b")}, ""
    yield "kind-changed", [basic.replace("kind", "rev: 4, kind")], {"ids.lock": locked(basic)}, ""
    reworded = basic.replace("front: Q", "front: What else?").replace("back: A", 'back: "  A\\n"')
    yield "answer-changed", [reworded], {"ids.lock": locked(basic)}, ""
    yield "answer-changed", [basic.replace("back: A", "back: B, rev: 2")], {"ids.lock": locked(basic)}, ""


@pytest.mark.parametrize(("rule", "cards", "files", "message"), [*kept()])
def test_a_rule_is_silent_on_the_good_card(rule: str, cards: list[str], files: dict[str, Any], message: str) -> None:
    """Nothing at all is found where the rule is just kept."""
    assert rule in {known.id for known in RULES}
    assert [str(problem) for problem in problems(*cards, **files)] == []
    assert not message


def test_every_rule_has_both_kinds_of_example() -> None:
    """A new rule comes with a card that breaks it and one that keeps it."""
    rules = [rule.id for rule in RULES]
    assert {case[0] for case in broken()} == set(rules)
    assert {case[0] for case in kept()} == set(rules)
    assert len(rules) == len(set(rules))


def test_only_a_changed_answer_is_advice() -> None:
    """All other rules are structural: an export refuses on them."""
    assert [rule.id for rule in RULES if rule.severity == WARNING] == ["answer-changed"]
    assert {rule.severity for rule in RULES} == {ERROR, WARNING}


UNREADABLE = {
    "syntax": b"domain: law\ncards:\n  - {id: far-card, kind: basic, front: `}\n",
    "latin-1": "domain: law\ncards:\n  - {id: far-card, kind: basic, front: é, back: A}\n".encode("latin-1"),
    "second document": b"domain: law\ncards: [{id: b-b, kind: basic, front: Q, back: A}]\n---\n- id: far-card\n",
    "bad kind": b"domain: law\ncards:\n  - {id: far-card, kind: basik}\n",
    "bad domain": b"domain: nowhere\ncards:\n  - {id: far-card, kind: basic, front: Q, back: A}\n",
}


@pytest.mark.parametrize("raw", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_card_that_cannot_be_read_is_not_said_to_be_missing(raw: bytes) -> None:
    """A fault in one card makes no other card refer to nothing, and nothing vanish."""
    near = GOOD["basic"].replace("front", "contrast: [far-card], front")
    far = "{id: far-card, kind: basic, front: Q, back: A}"
    found = problems(near, far=raw, retired=retired("x-y", replaced_by="far-card"), **{"ids.lock": locked(near, far)})
    assert found
    assert {problem.place.file for problem in found} == {"far.yaml"}


def test_an_id_used_twice_is_told_even_when_the_first_card_is_broken() -> None:
    """Otherwise mending the first would break the second."""
    first, second = "{id: a-b, kind: basic, front: Q}", GOOD["basic"]
    assert [problem.rule for problem in problems(first, second)] == ["missing-key", "id-repeated"]


def test_of_a_repeated_id_the_first_card_is_drilled() -> None:
    """The fault is the later card's, in the same file or in another."""
    card = "  - {{id: a-b, kind: basic, front: Q, back: {}}}\n"
    for files in (
        {"law.yaml": "domain: law\ncards:\n" + card.format("first") + card.format("second")},
        {"a.yaml": "domain: law\ncards:\n" + card.format("first"), "b.yaml": "domain: law\ncards:\n" + card.format(2)},
    ):
        library = read_library({"exam.yaml": EXAM.encode(), **{name: text.encode() for name, text in files.items()}})
        check(library)
        assert [draft.record["back"] for draft in library.sound()] == ["first"]


def test_a_key_of_another_kind_breaks_no_rule_that_looks_at_it() -> None:
    """`options` on a basic card is an unknown key, and that is all that is said."""
    for key in ("options: [{text: a}]", "steps: [a, a]", "text: '{{c3::a}}'"):
        card = GOOD["basic"].replace("front", f"{key}, front")
        assert [problem.rule for problem in problems(card, exam=EXAM)] == ["unknown-key"]
