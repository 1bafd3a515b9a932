from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import EXAM, Run, basic_cards

OBJECTIVES = 'objectives:\n  - {id: "1.1", domain: law, text: Know the law}\n'
FORM = """\
form: form-a
cards:
  - id: hidden-item
    kind: basic
    objective: "1.1"
    front: A secret question?
    back: A secret answer.
"""
MIXED = """\
domain: ethics
defaults: {tags: [virtue]}
cards:
  - id: cloze-card
    kind: cloze
    text: "{{c1::Vec<T>}} is generic, and `{{c2::std::vector::C++ name}}` is older."
  - id: typed-card
    kind: typed
    front: Which word means *duty*?
    answer: obligation
"""


@pytest.fixture
def folder(corpus: Callable[..., Path]) -> Path:
    """A corpus with a mock form."""
    folder = corpus(exam=EXAM + OBJECTIVES, law=basic_cards("law", 2), ethics=MIXED)
    (folder / "mocks").mkdir()
    (folder / "mocks" / "a.yaml").write_text(FORM)
    return folder


def test_a_list_says_which_cards_and_shows_one_a_line(folder: Path, certdrill: Run) -> None:
    """Id, kind, state and question; items of a form are counted, not shown."""
    lines = certdrill("--cards", folder, "cards").stdout.split("\n")
    assert lines[0] == f"Bar Exam - 4 cards from {folder}"
    assert lines[1].split() == [
        "cloze-card",
        "cloze",
        "new",
        "[...]",
        "is",
        "generic,",
        "and",
        "std::vector",
        "is",
        "older.",
    ]
    assert lines[-3:] == ["and 1 items of mock forms, kept for the mock exam", "4 cards", ""]
    assert "secret" not in "\n".join(lines)


def test_a_filter_leaves_the_rest_out(folder: Path, certdrill: Run) -> None:
    """The count is of what is listed; a mock item passes no filter."""
    lines = certdrill("--cards", folder, "cards", "--domain", "Law of").stdout.split("\n")
    assert [line.split(" ")[0] for line in lines[1:]] == ["fact-law-a", "fact-law-b", "2", ""]
    refused = certdrill("--cards", folder, "cards", "--tag", "vitrue")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "certdrill: no tag 'vitrue'; nearest: virtue\n"


def test_json_lists_cards_with_their_units(folder: Path, certdrill: Run) -> None:
    """A mock item is there without its question."""
    listed = json.loads(certdrill("--cards", folder, "cards", "--json").stdout)
    assert (listed["schema"], listed["exam"]) == (1, "bar-exam")
    rows = {row["id"]: row for row in listed["cards"]}
    assert rows["cloze-card"] == {
        "id": "cloze-card",
        "kind": "cloze",
        "domain": "ethics",
        "objective": "",
        "level": "",
        "tags": ["virtue"],
        "file": f"{folder}/ethics.yaml",
        "line": 4,
        "question": "[...] is generic, and std::vector is older.",
        "units": [
            {"unit": "cloze-card#c1", "state": "new", "due": False},
            {"unit": "cloze-card#c2", "state": "new", "due": False},
        ],
    }
    assert rows["hidden-item"]["form"] == "form-a"
    assert "secret" not in json.dumps(listed)


def test_show_prints_a_card_with_its_place(folder: Path, certdrill: Run) -> None:
    """HTML and code are text, the place can be clicked, and every unit says where it stands."""
    shown = certdrill("--cards", folder, "cards", "show", "cloze-card").stdout
    assert f"{folder}/ethics.yaml:4" in shown
    assert "Vec<T> is generic" in shown
    assert "[C++ name]" in shown
    assert "*" not in shown
    assert shown.endswith("\ncloze-card#c1: new\n\ncloze-card#c2: new\n")


def test_show_json_has_the_fields_as_written(folder: Path, certdrill: Run) -> None:
    """For scripts: the record, the units and the log."""
    shown = json.loads(certdrill("--cards", folder, "cards", "show", "typed-card", "--json").stdout)
    assert (shown["schema"], shown["record"]["answer"], shown["events"]) == (1, "obligation", [])


def test_a_mock_item_is_not_shown(folder: Path, certdrill: Run) -> None:
    """Looking at it would spoil the form, in text and in JSON."""
    for more in ([], ["--json"]):
        refused = certdrill("--cards", folder, "cards", "show", "hidden-item", *more)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert refused.stderr == (
            "certdrill: hidden-item belongs to mock form form-a and is not shown before the form has been sat\n"
        )


def test_an_unknown_card_is_refused_with_the_nearest(folder: Path, certdrill: Run) -> None:
    """One line on stderr."""
    refused = certdrill("--cards", folder, "cards", "show", "typd-card")
    assert refused.returncode == 1
    assert refused.stderr == "certdrill: no card 'typd-card'; nearest: typed-card, cloze-card\n"
