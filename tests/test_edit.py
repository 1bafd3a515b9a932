from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certdrill.corpus import edit
from certdrill.corpus.draft import GUIDE, examine, is_untouched, optional_lines, template
from certdrill.corpus.read import read_library
from certdrill.corpus.save import save
from certdrill.corpus.yaml_events import Items, Keys, Node, read_text
from certdrill.errors import CardsNotWritableError, UneditableFileError
from certdrill.model import KINDS, Domain, Exam, Objective, Place
from conftest import CARDS, EXAM

REAL = sorted(CARDS.glob("*/*.yaml"))
NEW = ["- id: new-card", "  kind: basic", "  front: New?", "  back: >-", "    Yes, new", "", "    and long"]
LAW = """\
# about the law
domain: law
cards:
  # the first
  - id: card-a
    kind: basic   # asked often
    front: A?
    back: >-
      A.

  # the second
  -   # odd dash
    kind: basic
    id: card-b
    front: B?
    back: |
      # no comment
      B.
      # deeper: of card-b
  # the third

  - id: card-c
    kind: basic
    front: C?
    back: C.

# the end
"""


def cards_of(raw: bytes) -> dict[str, Any]:
    """Return what every card of a file says, by id and without places."""

    def said(node: Node) -> Any:
        if isinstance(node, Keys):
            return {key: said(value) for key, value in node.values.items()}
        return [said(one) for one in node.values] if isinstance(node, Items) else node.value

    root, problems = read_text(raw, "law.yaml")
    assert not problems
    assert isinstance(root, Keys)
    return {card["id"]: card for card in said(root)["cards"]}


def lines_left(before: bytes, after: bytes) -> tuple[list[bytes], list[bytes]]:
    """Return the lines an edit took out and those it put in; it is one edit in one place."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    start = alike(old, new)
    end = alike(old[start:][::-1], new[start:][::-1])
    return old[start : len(old) - end], new[start : len(new) - end]


def alike(old: list[bytes], new: list[bytes]) -> int:
    """Return how many lines two texts begin with in common."""
    pairs = zip(old, new, strict=False)
    return next((at for at, (one, other) in enumerate(pairs) if one != other), min(len(old), len(new)))


@pytest.mark.parametrize(
    ("card", "gone"),
    [
        ("card-a", ["  - id: card-a", "    kind: basic   # asked often", "    front: A?", "    back: >-", "      A."]),
        (
            "card-b",
            [
                *("  -   # odd dash", "    kind: basic", "    id: card-b", "    front: B?", "    back: |"),
                *("      # no comment", "      B.", "      # deeper: of card-b"),
            ],
        ),
        ("card-c", ["  - id: card-c", "    kind: basic", "    front: C?", "    back: C.", ""]),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_card_goes_with_its_own_lines_only(card: str, gone: list[str], end: str) -> None:
    """Comments as deep as the dash stay, deeper ones go; a blank line that would stand twice goes too."""
    raw = LAW.replace("\n", end).encode()
    after = edit.remove(raw, "law.yaml", "cards", card)
    assert after is not None
    out, put_in = lines_left(raw, after)
    assert [line.decode().rstrip("\r\n") for line in out] == gone
    assert put_in == []
    assert cards_of(after) == {name: one for name, one in cards_of(raw).items() if name != card}


def test_the_last_card_at_the_end_of_a_file_takes_the_blank_line_above() -> None:
    """No file is left ending in blank lines."""
    raw = b"domain: law\ncards:\n- id: card-a\n  kind: basic\n\n- id: card-b\n  kind: basic\n"
    assert edit.remove(raw, "f", "cards", "card-b") == b"domain: law\ncards:\n- id: card-a\n  kind: basic\n"
    assert edit.remove(raw, "f", "cards", "card-a") == b"domain: law\ncards:\n- id: card-b\n  kind: basic\n"


def test_blank_lines_that_are_text_of_the_card_above_stay() -> None:
    """`|+` keeps them, so taking them along would change another card."""
    raw = b"cards:\n  - id: card-a\n    back: |+\n      A\n\n  - id: card-b\n"
    assert edit.remove(raw, "f", "cards", "card-b") == b"cards:\n  - id: card-a\n    back: |+\n      A\n\n"
    raw = b"cards:\n  - id: card-z\n  - id: card-a\n    back: |+\n      A\n\n"
    assert edit.append(raw, "f", "cards", ["- id: card-b"]) == raw + b"  - id: card-b\n"


def test_the_only_card_of_a_file_leaves_no_file() -> None:
    """A file without cards is an error of `check`, so there is nothing to return."""
    assert edit.remove(b"domain: law\ncards:\n  - id: card-a\n", "f", "cards", "card-a") is None


@pytest.mark.parametrize(
    ("raw", "after"),
    [
        (  # the list's own indentation, its blank lines, what follows it
            b"cards:\n- id: card-a\n- id: card-b\ndomain: law\n",
            b"cards:\n- id: card-a\n- id: card-b\n- id: new-card\n  kind: x\ndomain: law\n",
        ),
        (
            b"cards:\n    - id: card-a\n\n    - id: card-b\n\n# end\n",
            b"cards:\n    - id: card-a\n\n    - id: card-b\n\n    - id: new-card\n      kind: x\n\n# end\n",
        ),
        (  # a last line without an end, and a document mark
            b"cards:\n  - id: card-a",
            b"cards:\n  - id: card-a\n\n  - id: new-card\n    kind: x\n",
        ),
        (
            b"---\r\ncards:\r\n  - id: card-a\r\n...\r\n",
            b"---\r\ncards:\r\n  - id: card-a\r\n\r\n  - id: new-card\r\n    kind: x\r\n...\r\n",
        ),
        (  # lists that are empty or not there
            b"\xef\xbb\xbfcards: []  # none yet\n# end\n",
            b"\xef\xbb\xbfcards:  # none yet\n  - id: new-card\n    kind: x\n# end\n",
        ),
        (b"domain: law\ncards:\n", b"domain: law\ncards:\n  - id: new-card\n    kind: x\n"),
        (b"# only this", b"# only this\ncards:\n  - id: new-card\n    kind: x\n"),
        (b"", b"cards:\n  - id: new-card\n    kind: x\n"),
    ],
)
def test_an_item_is_added_in_the_manner_of_the_list(raw: bytes, after: bytes) -> None:
    """Indentation, blank lines and line ends are those of the file."""
    assert edit.append(raw, "f", "cards", ["- id: new-card", "  kind: x"]) == after


@pytest.mark.parametrize(
    "text",
    [
        "cards: [{id: card-a}, {id: card-b}]\n",
        "cards: &all\n  - id: card-a\n",
        "? cards\n: - id: card-a\n  - id: card-b\n",
        "{cards: []}\n",
        "- id: card-a\n",
        "cards: text\n",
        "cards:\n  - id: card-a\n  - id: [\n",
    ],
)
def test_what_cannot_be_changed_safely_is_refused(text: str) -> None:
    """Lists in brackets, anchors, broken files: never a guess."""
    with pytest.raises(UneditableFileError):
        edit.append(text.encode(), "f", "cards", NEW)
    with pytest.raises(UneditableFileError):
        edit.remove(text.encode(), "f", "cards", "card-a")


def test_an_unknown_id_is_refused() -> None:
    """There is nothing to take out."""
    with pytest.raises(UneditableFileError, match="card-x"):
        edit.remove(LAW.encode(), "f", "cards", "card-x")
    assert edit.find(LAW.encode(), "f", "cards", "card-x") is None


def test_a_card_is_found_at_its_dash() -> None:
    """Also where its id is not its first key, and the dash stands alone."""
    assert edit.find(LAW.encode(), "law.yaml", "cards", "card-b") == Place("law.yaml", 12, 3)


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("path", REAL, ids=lambda path: path.stem)
def test_every_card_of_the_corpus_can_go_and_leaves_the_others_as_they_were(path: Path, end: bytes) -> None:
    """Nothing is put in, and what goes is the card's lines and at most a blank one."""
    raw = path.read_bytes().replace(b"\n", end)
    cards = cards_of(raw)
    for card in list(cards)[:: max(1, len(cards) // 4)]:
        after = edit.remove(raw, path.name, "cards", card)
        assert after is not None
        out, put_in = lines_left(raw, after)
        assert put_in == []
        assert b"id: " + card.encode() in b"".join(out)
        assert cards_of(after) == {name: one for name, one in cards.items() if name != card}
        added = edit.append(after, path.name, "cards", NEW)
        assert lines_left(after, added)[0] == []
        assert list(cards_of(added)) == [*cards_of(after), "new-card"]


FILLS = [
    "A.",
    "'quoted: text'",
    '"a\n      # text\n\n      b"',
    ">-\n      a\n        b\n\n      c",
    "|+\n      # a\n\n",
]
GAPS = ["", "\n", "\n\n", "  # between\n", "\n# far left\n\n", "      # deep\n\n", "   \n"]
CARD = st.tuples(st.sampled_from(FILLS), st.sampled_from(GAPS), st.sampled_from(["- ", "-\n    ", "-   # c\n    "]))


@given(
    st.lists(CARD, min_size=2, max_size=6),
    st.integers(0, 5),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "domain: law\n", "# end", "...\n"]),
)
def test_any_layout_keeps_every_other_card_and_every_other_byte(
    cards: Sequence[tuple[str, str, str]], at: int, end: str, tail: str
) -> None:
    """Whatever stands between cards, one edit in one place takes one out or puts one in."""
    body = "".join(
        f"  {dash}id: card-{chr(97 + number)}\n    back: {fill}\n{gap}"
        for number, (fill, gap, dash) in enumerate(cards)
    )
    raw = f"cards:\n{body}{tail}".replace("\n", end).encode()
    before = cards_of(raw)
    gone = list(before)[at % len(before)]
    after = edit.remove(raw, "f", "cards", gone)
    assert after is not None
    out, put_in = lines_left(raw, after)
    assert put_in == []
    assert sum(b"id: " in line for line in out) == 1
    assert cards_of(after) == {card: one for card, one in before.items() if card != gone}
    added = edit.append(raw, "f", "cards", NEW)
    assert cards_of(added) == {**before, "new-card": cards_of(edit.append(b"", "f", "cards", NEW))["new-card"]}
    out, put_in = lines_left(raw, added)
    assert b"".join(put_in).startswith(b"".join(out).rstrip(b"\r\n"))  # at most a line end was missing
    assert all(line.endswith(end.encode()) for line in put_in)


def test_references_are_found_in_cards_that_cannot_be_read_too() -> None:
    """With the place of each name; a card's own lines do not count."""
    text = (
        "domain: law\ncards:\n  - id: card-a\n    contrast: [card-b, card-c]\n"
        "  - id: card-c\n    requires:\n      - card-c\n"
    )
    files = {"law.yaml": text.encode(), "retired.yaml": b"", "ids.lock": b""}
    assert edit.references(files, "card-c") == [Place("law.yaml", 4, 24)]


STRICT = Exam("bar-exam", "Bar", (Domain("law", "Law", 1),), (Objective("1.1", "law", "Know the law"),), strict=True)
STRICT_YAML = EXAM + 'strict: true\nobjectives:\n  - {id: "1.1", domain: law, text: Know the law}\n'
VALUES = {
    "level:": "level: apply", "url:": "url: https://example.org/", "text:": "text: ", "why:": "why: Reason ",
    "answer:": "answer: yes", "front: >-": "front: What?", "back: >-": "back: That.", "stem: >-": "stem: Which?",
    "text: >-": "text: A {{c1::b}} c.",
}  # fmt: skip


def filled(text: str) -> str:
    """Write something into every empty field of a template."""
    lines = []
    for number, line in enumerate(text.split("\n")):
        bare = line.strip().removeprefix("- ")
        value = VALUES.get(bare, f"step {number}" if bare == "-" else bare)
        lines.append(line.replace(bare, value + str(number) if value.endswith(" ") else value) if bare else line)
        if bare == "-":
            lines[-1] = line.replace("-", f"- step {number}")
    return "\n".join(lines)


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_a_filled_in_template_is_a_sound_card(kind: str, strict: bool) -> None:
    """Every field a card needs is there, empty ones are located, and no guidance comes along into the file."""
    exam = STRICT if strict else STRICT._replace(strict=False, objectives=())
    text = template(kind, exam, "law", "1.1" if strict else "", "new-card", "2026-11-22")
    files = {"exam.yaml": (STRICT_YAML if strict else EXAM).encode()}
    found = examine(files, text.encode(), "draft.yaml")
    assert found.errors
    assert {problem.place.file for problem in found.problems} == {"draft.yaml"}
    ready = filled(text).encode()
    assert (examine(files, ready, "draft.yaml")) == ([], "new-card", "law")
    lines = edit.only_item(ready, "draft.yaml", "cards", optional_lines(), GUIDE)
    assert not [line for line in lines if "#" in line]
    library = read_library({**files, "law.yaml": edit.append(b"domain: law\ncards:\n", "law.yaml", "cards", lines)})
    assert library.problems == []
    assert library.drafts[0].record["verified"] == "2026-11-22"
    assert ("sources" in library.drafts[0].record) == strict


def test_a_template_is_untouched_until_something_is_said() -> None:
    """Lost guidance, trailing space and an empty file say nothing; one value does."""
    text = template("basic", STRICT, "law", "1.1", "", "2026-11-22")
    bare = "".join(f"{line.rstrip()}\r\n" for line in text.split("\n") if GUIDE not in line)
    assert is_untouched(text.encode(), text)
    assert is_untouched(bare.encode(), text)
    assert is_untouched(b"\n", text)
    assert not is_untouched(text.replace("level:", "level: apply").encode(), text)
    assert not is_untouched(text.replace("# why:", "why: x").encode(), text)


def test_a_draft_with_more_than_one_card_is_refused_where_the_second_stands() -> None:
    """Nothing typed is left behind: a second card, and defaults, are errors of the draft."""
    card = "  - {id: %s, kind: basic, front: A?, back: B.}\n"
    text = "domain: law\ndefaults: {tags: [x]}\ncards:\n" + card % "card-a" + card % "card-b"
    problems = examine({"exam.yaml": EXAM.encode()}, text.encode(), "d.yaml").problems
    assert [(problem.place.line, problem.message) for problem in problems] == [
        (2, "defaults in a draft"),
        (5, "a second card"),
    ]


def test_comments_of_the_writer_come_along_and_text_like_guidance_stays_text() -> None:
    """What was typed is kept, at another indentation and without blank ends."""
    text = (
        "domain: law\ncards:\n      #: a hint\n      # mine, above\n      - id: card-a\n        # why:\n"
        "        back: |\n          code\n      # mine, below\n\n"
    )
    assert edit.only_item(text.encode(), "d", "cards", optional_lines(), GUIDE) == [
        "# mine, above", "- id: card-a", "  back: |", "    code", "# mine, below",
    ]  # fmt: skip
    text = "cards:\n- id: card-a\n  back: |\n    #: Python's own comment\n    x = 1\n"
    assert "    #: Python's own comment" in edit.only_item(text.encode(), "d", "cards", optional_lines(), GUIDE)


def test_all_files_are_saved_or_none(tmp_path: Path) -> None:
    """A second write that fails takes the first back: old bytes, or no file."""
    old, fresh, blocked = tmp_path / "old", tmp_path / "fresh", tmp_path / "blocked"
    old.write_bytes(b"old")
    old.chmod(0o640)
    blocked.mkdir()
    with pytest.raises(CardsNotWritableError, match="blocked"):
        save([(str(old), b"new"), (str(fresh), b"new"), (str(blocked), b"new")])
    assert (old.read_bytes(), fresh.exists(), sorted(os.listdir(tmp_path))) == (b"old", False, ["blocked", "old"])
    (tmp_path / "link").symlink_to(old)
    save([(str(tmp_path / "link"), b"new"), (str(fresh), None)])
    assert ((tmp_path / "link").is_symlink(), old.read_bytes(), old.stat().st_mode & 0o777) == (True, b"new", 0o640)
