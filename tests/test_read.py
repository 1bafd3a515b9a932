from __future__ import annotations

import json

import pytest

from certdrill.corpus.files import Files
from certdrill.corpus.read import Library, read_library
from certdrill.corpus.records import content_of
from certdrill.corpus.rules import check
from certdrill.errors import BrokenExamError
from certdrill.model import Content, Option, Problem, Source

EXAM = """\
id: bar-exam
title: Bar Exam
domains:
  - {id: law, title: Law of Contracts, weight: 60}
  - {id: ethics, title: Ethics, weight: 40}
objectives:
  - {id: "1.1", domain: law, text: Know the law}
"""
KINDS = """\
domain: law
defaults: {tags: [contracts], verified: "2026-11-20"}
cards:
  - {id: a-basic, kind: basic, front: Q, back: A}
  - {id: a-reversed, kind: reversed, front: F, back: B, tags: [own-tag]}
  - {id: a-cloze, kind: cloze, text: "{{c1::One}} and {{c2::two::hint}}"}
  - {id: a-typed, kind: typed, front: Q, answer: A, accept: [B, C], match: exact}
  - id: a-choice
    kind: choice
    stem: S
    select: 2
    options: [{text: X, correct: true, why: good}, {text: Y, correct: true}, {text: Z, correct: false}]
  - id: an-order
    kind: order
    stem: S
    steps: [one, two]
    objective: "1.1"
    level: apply
    rev: 3
    why: W
    sources: [{url: "https://example.org/a", section: Part}]
"""


def library(exam: str = EXAM, **files: str) -> Library:
    """Read an exam and card files given as text."""
    raw: Files = {"exam.yaml": exam.encode()}
    raw.update({f"{name}.yaml": text.encode() for name, text in files.items()})
    return read_library(raw)


def found(library: Library) -> list[str]:
    """Return all problems, the rules' included, as `file:line:column rule message`."""
    return [f"{problem.place} {problem.rule} {problem.message}" for problem in check(library)]


def sound(library: Library) -> list[str]:
    check(library)
    return [draft.card.id for draft in library.sound()]


def test_every_kind_is_read_into_its_content_and_units() -> None:
    """The six kinds fill the fields of their kind and have the units a scheduler drills."""
    read = library(law=KINDS)
    assert not check(read)
    assert {draft.card.id: (draft.card.units, content_of(draft.record)) for draft in read.drafts} == {
        "a-basic": (("",), Content(front="Q", back="A")),
        "a-reversed": (("f", "r"), Content(front="F", back="B")),
        "a-cloze": (("c1", "c2"), Content(text="{{c1::One}} and {{c2::two::hint}}")),
        "a-typed": (("",), Content(front="Q", answer="A", accept=("B", "C"), match="exact")),
        "a-choice": (
            ("",),
            Content(stem="S", options=(Option("X", True, "good"), Option("Y", True), Option("Z")), select=2),
        ),
        "an-order": (
            ("",),
            Content(stem="S", steps=("one", "two"), why="W", sources=(Source("https://example.org/a", "Part"),)),
        ),
    }


def test_the_head_of_a_card_is_what_scheduler_and_filters_need() -> None:
    """Domain from the file, defaults unless the card has its own, the line it begins on."""
    heads = {draft.card.id: draft.card for draft in library(law=KINDS).drafts}
    last = heads["an-order"]
    assert (last.domain, last.objective, last.level, last.rev, last.file) == ("law", "1.1", "apply", 3, "law.yaml")
    assert last.line == KINDS.split("\n").index("  - id: an-order") + 1
    assert heads["a-basic"].tags == ("contracts",)
    assert heads["a-reversed"].tags == ("own-tag",)


def test_a_card_of_ones_own_needs_only_id_kind_and_content() -> None:
    """Three keys below a file's domain make a card."""
    read = library(law="domain: law\ncards:\n  - id: own-card\n    kind: basic\n    front: Q\n    back: A\n")
    assert found(read) == []
    assert sound(read) == ["own-card"]


def test_a_mock_item_takes_its_domain_from_its_objective() -> None:
    """A form mixes domains, so its header names the form."""
    card = '{id: mock-item, kind: basic, front: Q, back: A, objective: "1.1"}'
    read = read_library({"exam.yaml": EXAM.encode(), "mocks/a.yaml": f"form: form-a\ncards: [{card}]".encode()})
    assert found(read) == []
    assert [(draft.card.form, draft.card.domain) for draft in read.drafts] == [("form-a", "law")]


FAULTS = {
    "missing field": ("{id: a-b, kind: basic, front: Q}", "3:5 missing-key a basic card without 'back'"),
    "no kind": ("{id: a-b, front: Q}", "3:5 missing-key a card without 'kind'"),
    "unknown kind": ("{id: a-b, kind: basik}", "3:21 type 'basik' where one of a few words belongs"),
    "unknown key": ("{id: a-b, kind: basic, front: Q, back: A, bck: B}", "3:47 unknown-key the unknown key 'bck'"),
    "key of another kind": (
        "{id: a-b, kind: basic, front: Q, back: A, steps: [a, b]}", "3:47 unknown-key the unknown key 'steps'"),
    "empty text": ("{id: a-b, kind: basic, front: '', back: A}", "3:35 type nothing where text belongs"),
    "list for text": ("{id: a-b, kind: basic, front: [Q], back: A}", "3:35 type a list where text belongs"),
    "bad id": ("{id: A_b, kind: basic, front: Q, back: A}",
               "3:10 type 'A_b' where a value such as 'chunk-overlap-purpose' belongs"),
    "bad date": ("{id: a-b, kind: basic, front: Q, back: A, verified: 2026-13-45}",
                 "3:57 type '2026-13-45' where a date belongs"),
    "bad number": ("{id: a-b, kind: basic, front: Q, back: A, difficulty: 6}",
                   "3:59 type '6' where a whole number belongs"),
    "quoted number": ("{id: a-b, kind: basic, front: Q, back: A, difficulty: '5'}",
                      "3:59 type '5' where a whole number belongs"),
    "bad flag": ("{id: a-b, kind: basic, front: Q, back: A, volatile: yes}",
                 "3:57 type 'yes' where true or false belongs"),
    "bad list": ("{id: a-b, kind: basic, front: Q, back: A, tags: a}", "3:53 type 'a' where a list belongs"),
    "short list": ("{id: a-b, kind: order, stem: S, steps: [a]}", "3:44 length a list of 1 where 2 to 9 belong"),
    "not a mapping": ("just text", "3:5 type a card that is not a mapping"),
    "huge text": (f"{{id: a-b, kind: basic, front: Q, back: {'x' * 20_001}}}",
                  f"3:44 type '{'x' * 40}' where a text of at most 20,000 characters belongs"),
}  # fmt: skip


@pytest.mark.parametrize(("card", "fault"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_of_a_card_is_told_with_its_place(card: str, fault: str) -> None:
    """One broken card, one problem."""
    read = library(law=f"domain: law\ncards:\n  - {card}\n")
    assert found(read) == [f"law.yaml:{fault}"]
    assert sound(read) == []


def test_an_unquoted_hash_in_prose_is_an_error_and_elsewhere_a_comment() -> None:
    """`C# here #not` would silently be cut; after an id, a comment is a comment."""
    card = "  - id: a-b # fine\n    kind: basic\n    front: use C#\n      here #not\n    back: A\n"
    assert found(library(law=f"domain: law\ncards:\n{card}")) == [
        "law.yaml:6:12 yaml-cut an unquoted ` #` ends the text here"
    ]


def test_a_text_that_begins_with_a_hash_is_named_as_such() -> None:
    """`front: # what` is no empty field but a comment; one problem says so."""
    card = "  - id: a-b\n    kind: basic\n    front: # what is it?\n    back: A\n"
    assert found(library(law=f"domain: law\ncards:\n{card}")) == [
        "law.yaml:5:12 yaml-cut an unquoted ` #` ends the text here"
    ]


def test_a_card_without_a_known_kind_is_still_looked_through() -> None:
    """Its id, its common fields and its unknown keys are told in the same run."""
    card = "{id: Bad Id, kind: basik, difficulty: 9, frnt: Q}"
    assert [line.split(" ")[1] for line in found(library(law=f"domain: law\ncards:\n  - {card}\n"))] == [
        "type", "type", "type", "unknown-key",
    ]  # fmt: skip


SEVERAL = """\
domain: law
cards:
  - {id: sound-one, kind: basic, front: Q, back: A}
  - id: no-answer
    kind: basic
    front: Q
  - id: broken-syntax
    front: What: is: this
  - {id: tagged-card, kind: basic, front: !x Q, back: A}
  - {id: twice-keyed, kind: basic, front: Q, back: A, back: B}
  - {id: sound-two, kind: basic, front: Q, back: A}
"""


def test_sound_cards_survive_beside_broken_ones() -> None:
    """A fault of form or of field takes its own card out, and no other."""
    assert sound(library(law=SEVERAL)) == ["sound-one", "sound-two"]


def test_every_problem_of_every_file_is_told_in_one_run_in_file_order() -> None:
    """Nothing stops at the first fault."""
    read = library(law=SEVERAL, ethics="domain: ethic\ncards:\n  - {id: x-y, kind: basic}\n", notes="- a\n- b\n")
    assert [line.split(" ")[:2] for line in found(read)] == [
        ["ethics.yaml:1:9", "domain-unknown"],
        ["ethics.yaml:3:5", "missing-key"],
        ["ethics.yaml:3:5", "missing-key"],
        ["law.yaml:4:5", "missing-key"],
        ["law.yaml:8:16", "yaml-syntax"],
        ["law.yaml:9:43", "yaml-tag"],
        ["law.yaml:10:55", "yaml-repeated-key"],
        ["notes.yaml:1:1", "type"],
    ]


def test_problems_name_their_card_and_show_its_line() -> None:
    """An editor can tell whose fault it is; a person sees the line, without control characters."""
    problems = check(library(law=SEVERAL + "  - {id: esc-ape, kind: basic, front: \x1b, back: A, bad\x07: 1}\n"))
    assert [problem.card for problem in problems] == [
        "no-answer", "", "tagged-card", "twice-keyed", "esc-ape", "esc-ape", "esc-ape",
    ]  # fmt: skip
    assert all(problem.excerpt for problem in problems)
    assert not any("\x1b" in str(problem) or "\x07" in str(problem) for problem in problems)


def test_a_file_whose_only_card_is_set_aside_has_one_problem() -> None:
    """The missing list is the consequence, not a second fault."""
    read = library(law="domain: law\ncards:\n  - id: a-b\n    front: x: y\n")
    assert [line.split(" ")[1] for line in found(read)] == ["yaml-syntax"]


@pytest.mark.parametrize("text", ["", "domain: law\n", "domain: law\ncards: []\n", "cards: x\ndomain: law\n", "x"])
def test_a_file_without_cards_is_told(text: str) -> None:
    """An empty file, a lone header and a text are no card files."""
    problems = check(library(law=text))
    assert problems
    assert {problem.rule for problem in problems} <= {"missing-key", "type"}


def test_a_bad_header_loses_no_card_of_other_files_and_invents_no_fault() -> None:
    """Cards under an unknown domain are not drilled, but they exist: nothing is said to be missing."""
    other = "domain: nowhere\ncards:\n  - {id: far-card, kind: basic, front: Q, back: A}\n"
    mine = "domain: law\ncards:\n  - {id: near-card, kind: basic, front: Q, back: A, contrast: [far-card]}\n"
    read = library(law=mine, other=other)
    assert found(read) == ["other.yaml:1:9 domain-unknown the unknown domain 'nowhere'"]
    assert sound(read) == ["near-card"]


BROKEN_EXAMS = {
    "no weight": (EXAM.replace(", weight: 40", ""), "exam.yaml:5:5: error: a domain without 'weight'"),
    "no title": (EXAM.replace("title: Bar Exam\n", ""), "exam.yaml:1:1: error: an exam without 'title'"),
    "domain twice": (EXAM.replace("id: ethics", "id: law"), "exam.yaml:5:5: error: 'law' is listed twice"),
    "objective twice": (
        EXAM + '  - {id: "1.1", domain: law, text: Again}\n', "exam.yaml:8:5: error: '1.1' is listed twice"),
    "objective of no domain": (
        EXAM.replace("domain: law", "domain: lore"), "exam.yaml:7:5: error: the unknown domain 'lore'"),
    "profile without a domain": (
        EXAM + "profiles:\n  flat: {law: 1}\n", "exam.yaml:9:3: error: the profile 'flat' does not weigh"),
    "profile of zeros": (
        EXAM + "profiles:\n  flat: {law: 0, ethics: 0}\n", "exam.yaml:9:3: error: the profile 'flat' does not weigh"),
    "profile named default": (
        EXAM + "profiles:\n  default: {law: 1, ethics: 1}\n", "exam.yaml:9:3: error: a profile named 'default'"),
    "syntax": (EXAM.replace("title: Ethics", "title: `Ethics`"), "exam.yaml:5:25: error: not valid YAML"),
    "weight twice": (EXAM.replace("weight: 40", "weight: 40, weight: 50"), "exam.yaml:5:45: error: the key 'weight'"),
    "a list": ("- a\n", "exam.yaml:1:1: error: an exam without 'id'"),
    "empty": ("", "exam.yaml:1:1: error: an exam without 'id'"),
}  # fmt: skip


@pytest.mark.parametrize(("exam", "message"), BROKEN_EXAMS.values(), ids=BROKEN_EXAMS.keys())
def test_a_broken_blueprint_is_refused_with_its_problems(exam: str, message: str) -> None:
    """Nothing can be weighed by a blueprint that is not what was written."""
    with pytest.raises(BrokenExamError) as refusal:
        library(exam)
    assert [str(problem)[: len(message)] for problem in refusal.value.problems][:1] == [message]
    assert message in str(refusal.value)


def test_a_needless_key_in_the_blueprint_is_told_and_nothing_is_held_up() -> None:
    """It changes nothing of what was read."""
    read = library(EXAM + "colour: red\n", law=KINDS)
    assert found(read) == ["exam.yaml:8:1 unknown-key the unknown key 'colour'"]
    assert len(sound(read)) == 6


def test_names_and_retired_ids_are_read() -> None:
    """Both files have their own records."""
    files = {
        "exam.yaml": EXAM.encode(),
        "names.yaml": b"names:\n  - {exam: A, current: B, source: 'https://example.org'}\n",
        "retired.yaml": b"retired:\n  - {id: old-card, date: 2026-01-31, reason: wrong}\n",
    }
    read = read_library(files)
    assert found(read) == []
    assert read.names[0]["current"] == "B"
    assert json.dumps(read.retired["old-card"]) == '{"id": "old-card", "date": "2026-01-31", "reason": "wrong"}'


@pytest.mark.parametrize("name", ["names.yaml", "retired.yaml"])
def test_a_broken_list_beside_the_cards_is_told_and_nothing_is_held_up(name: str) -> None:
    """A fault there stops no drill."""
    read = read_library({"exam.yaml": EXAM.encode(), name: b"x: `", "law.yaml": KINDS.encode()})
    assert [problem.place.file for problem in check(read)] == [name]
    assert len(read.sound()) == 6


def test_a_problem_prints_as_place_severity_message_remedy_rule_and_excerpt() -> None:
    """One shape for all, in an editor's clickable form."""
    problems: list[Problem] = check(library(law="domain: law\ncards:\n  - {id: a-b, kind: basik}\n"))
    assert str(problems[0]) == (
        "law.yaml:3:21: error: 'basik' where one of a few words belongs; "
        "write one of: basic, reversed, cloze, typed, choice, order [type]\n"
        "      - {id: a-b, kind: basik}\n"
        "                        ^"
    )
