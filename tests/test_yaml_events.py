from __future__ import annotations

import unicodedata
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from certdrill.corpus.yaml_events import MAX_BYTES, Items, Keys, Node, Text, read_text

ALIGN = "align this line with the other keys of its card, or quote the text"


def whole_text(sign: str) -> str:
    return f"quote the whole text: beginning with {sign} it means something else in YAML"


def read(text: str) -> tuple[Any, list[str]]:
    """Return the tree of a text as plain values, and its problems as they are printed."""
    node, problems = read_text(text.encode(), "law.yaml")
    return plain(node), [str(problem) for problem in problems]


def plain(node: Node | None) -> Any:
    if isinstance(node, Keys):
        return {key: plain(value) for key, value in node.values.items()}
    if isinstance(node, Items):
        return [plain(value) for value in node.values]
    return node.value if isinstance(node, Text) else None


def located(number: int, column: int, what: str, line: str) -> str:
    """Return a printed problem: place, sentence, the line and a caret below the column."""
    return f"law.yaml:{number}:{column}: error: {what}\n    {line}\n    {' ' * (column - 1)}^"


GALLERY = {
    "colon in prose": (
        "front: What is foo: bar?",
        (1, 19, "not valid YAML (mapping values are not allowed in this context); if the text holds `: `, quote it or "
         "start it with `>-` on the line before; else align the line [yaml-syntax]"),
    ),
    "star": (
        "front: *bold* text",
        (1, 13, "not valid YAML (while scanning an alias did not find expected alphabetic or numeric character); "
         f"{whole_text('*')} [yaml-syntax]"),
    ),
    "backtick": (
        "front: `code` here",
        (1, 8, "not valid YAML (while scanning for the next token found character that cannot start any token); "
         f"{whole_text('`')} [yaml-syntax]"),
    ),
    "percent": (
        "front: %x is what?",
        (1, 8, "not valid YAML (while scanning for the next token found character that cannot start any token); "
         f"{whole_text('%')} [yaml-syntax]"),
    ),
    "square bracket": (
        "front: [x] is what?",
        (1, 12, "not valid YAML (while parsing a block mapping did not find expected key); "
         f"{whole_text('[')} [yaml-syntax]"),
    ),
    "cloze at the beginning": (
        "front: {{c1::A}} is what?",
        (1, 18, "not valid YAML (while parsing a block mapping did not find expected key); "
         f"{whole_text('{')} [yaml-syntax]"),
    ),
    "apostrophe in single quotes": (
        "front: 'what's this?'",
        (1, 14, "not valid YAML (while parsing a block mapping did not find expected key); quote the whole text once "
         "more: inside single quotes write '' for ', inside double quotes \\\" for \" [yaml-syntax]"),
    ),
    "open quote": (
        'front: "What',
        (1, 8, "not valid YAML (while scanning a quoted scalar found unexpected end of stream); close the quote, and "
         "double a single quote inside single quotes [yaml-syntax]"),
    ),
    "backslash in double quotes": (
        'front: "\\d is what?"',
        (1, 9, "not valid YAML (while parsing a quoted scalar found unknown escape character); write a backslash "
         "inside double quotes as `\\\\`, or use single quotes [yaml-syntax]"),
    ),
    "open bracket": (
        "tags: [a, b\nback: c",
        (1, 7, "not valid YAML (while parsing a flow sequence did not find expected ',' or ']'); "
         f"{whole_text('[')} [yaml-syntax]"),
    ),
    "text on the line of a bar": (
        "front: |x",
        (1, 9, "not valid YAML (while scanning a block scalar did not find expected comment or line break); "
         f"{whole_text('|')} [yaml-syntax]"),
    ),
    "list on the line of its key": (
        "front: - x",
        (1, 8, "not valid YAML (block sequence entries are not allowed in this context); "
         f"{whole_text('-')} [yaml-syntax]"),
    ),
    "line out of line": (
        "front:\n    a: b\n  c: d",
        (3, 3, f"not valid YAML (while parsing a block mapping did not find expected key); {ALIGN} [yaml-syntax]"),
    ),
    "anchor": (
        "front: &a x",
        (1, 8, "the anchor &a; write the value out where it is used [yaml-anchor]"),
    ),
    "alias": ("front: *a", (1, 8, "the alias *a; write the value out [yaml-alias]")),
    "merge": (
        "<<: {a: b}",
        (1, 1, "a merge key; write the fields out [yaml-merge]"),
    ),
    "tag": ("front: !secret x", (1, 8, "the tag !secret; delete it: every value is read as text [yaml-tag]")),
    "lone tag sign": ("front: ! x", (1, 8, "the tag !; delete it: every value is read as text [yaml-tag]")),
    "python tag": (
        "front: !!python/object:os.system x",
        (1, 8, "the tag tag:yaml.org,2002:python/object:os.system; delete it: every value is read as text [yaml-tag]"),
    ),
    "repeated key": (
        "front: a\nback: b\nfront: c",
        (3, 1, "the key 'front' again (first on line 1); keep one of the two [yaml-repeated-key]"),
    ),
    "key that is a list": (
        "? [a, b]\n: c",
        (1, 3, "a key that is not text; write `key: value` [yaml-key]"),
    ),
    "second document": (
        "front: a\n---\nfront: b",
        (2, 1, "a second YAML document; keep one document a file: delete the `---` line or move the rest to another "
         "file [yaml-document]"),
    ),
    "escaped control character": (
        'front: "\\e]0;title\\a"',
        (1, 8, "the text holds the control character U+001B; delete the escape [yaml-control]"),
    ),
    "escaped C1 control character": (
        'front: "a\\x85b"',
        (1, 8, "the text holds the control character U+0085; delete the escape [yaml-control]"),
    ),
    "escaped bidirectional override": (
        'front: "a\\u202eb"',
        (1, 8, "the text holds the control character U+202E; delete the escape [yaml-control]"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "fault"), GALLERY.values(), ids=GALLERY.keys())
def test_gallery(text: str, fault: tuple[int, int, str]) -> None:
    """Every trap has one message: where, what is wrong, what would be right, and the line with a caret."""
    line, column, what = fault
    assert read(text)[1] == [located(line, column, what, text.split("\n")[line - 1])]


@pytest.mark.parametrize("character", ["\x00", "\x07", "\r", "\x1b", "\x7f", "\x85", "\x9b", "\u061c", "\u200f",
                                       "\u202e", "\u2028", "\u2029", "\u2066", "\ufeff", "\ufffe"])  # fmt: skip
def test_a_raw_control_character_is_named_and_not_printed(character: str) -> None:
    """Characters a terminal may act on, or that end a line for YAML alone, are refused with their number."""
    _, problems = read(f"front: a{character}b\nback: c: d")
    assert problems[0] == located(
        1, 9, f"the control character U+{ord(character):04X}; delete it [yaml-control]", "front: a\ufffdb"
    )
    assert problems[1].startswith("law.yaml:2:8: error: not valid YAML")


@pytest.mark.parametrize("text", ["front:\ta", "\tfront: a", "front: a\tb", "front: |\n  a\tb"])
def test_a_tab_is_refused_where_it_stands(text: str) -> None:
    """The C and the Python reader disagree on tabs, so none is taken."""
    number, line = next((number, line) for number, line in enumerate(text.split("\n"), 1) if "\t" in line)
    what = "a tab character; use spaces [yaml-tab]"
    assert read(text)[1] == [located(number, line.index("\t") + 1, what, line.replace("\t", " "))]


def test_a_tag_cannot_smuggle_a_control_character_into_a_message() -> None:
    """libyaml decodes %1b in a tag; the message shows a replacement."""
    assert read("front: !a%1b%5d0 x")[1][0].startswith("law.yaml:1:8: error: the tag !a\ufffd]0;")


@pytest.mark.parametrize(("open_sign", "name"), [("[", "brackets"), ("{", "braces"), ("- ", "dashes"), ("? ", "keys")])
def test_sixty_thousand_brackets_are_refused(open_sign: str, name: str) -> None:
    """Nesting stops at a depth far below what would end the interpreter."""
    _, problems = read(f"{name}: x\nother:\n  {open_sign * 60_000}")
    assert len(problems) == 1
    assert "nested more than 20 deep; a card needs no more than four levels" in problems[0]
    assert len(problems[0]) < 500


def test_twenty_levels_are_read_and_the_next_is_not() -> None:
    """The limit is exact, and its message points at the bracket that is too much."""
    assert read("[" * 20 + "x" + "]" * 20)[1] == []
    assert read("[" * 21 + "x" + "]" * 21)[1][0].startswith("law.yaml:1:22: error: nested more than 20 deep")


def test_a_huge_file_is_refused_unread() -> None:
    """One byte too many is enough."""
    node, problems = read_text(b"a" * (MAX_BYTES + 1), "law.yaml")
    assert node is None
    assert str(problems[0]) == (
        "law.yaml:1:1: error: the file has 4,000,001 bytes, more than the 4,000,000 that are read; "
        "split it into files of 20 to 40 cards [yaml-size]"
    )


def test_a_file_of_nothing_but_tabs_says_so_a_bounded_number_of_times() -> None:
    """A file that is no text ends the list of its faults, not the person's patience."""
    _, problems = read_text(b"\t\n" * 100_000, "law.yaml")
    assert len(problems) == 501
    assert problems[-1].message == "too many tabs or control characters to go on"


def test_latin_1_is_refused_at_its_first_byte() -> None:
    """The place counts characters, not bytes, and not the byte order mark."""
    raw = b"\xef\xbb\xbfdomain: law\n" + "# größer ".encode() + "é".encode("latin-1") + b"\n"
    node, problems = read_text(raw, "law.yaml")
    assert node is None
    assert [str(problem) for problem in problems] == [
        located(2, 10, "not UTF-8 text; save the file as UTF-8 [yaml-encoding]", "# größer \ufffd")
    ]


def test_a_byte_order_mark_is_no_part_of_the_first_key() -> None:
    """Editors that write one are served."""
    assert read("\ufefffront: a") == ({"front": "a"}, [])


def test_windows_line_ends_change_no_line_number_and_no_text() -> None:
    """CRLF reads as LF does."""
    text = "front: |\n  a\n  b\nback: c: d"
    assert read(text.replace("\n", "\r\n")) == read(text)
    assert read(text)[1][0].startswith("law.yaml:4:8:")
    assert read("front: |\r\n  a\r\n  b") == ({"front": "a\nb"}, [])


def test_an_unquoted_hash_is_remembered_with_its_place() -> None:
    """The reader of prose can then say where the text was cut; in lines that are folded as well."""
    node, problems = read_text(b"front: use C#\n  here #not\nback: # what?\ntags: [a, b] # c\nwhy: 'x' # y", "law.yaml")
    assert isinstance(node, Keys)
    assert not problems
    cuts = {key: value.cut[1:] for key, value in node.values.items() if isinstance(value, Text) and value.cut}
    assert cuts == {"front": (2, 8), "back": (3, 7)}


def test_nothing_is_typed() -> None:
    """A Norwegian no, a version, a time and a date stay what was written."""
    text = "a: NO\nb: 3.10\nc: 12:30:45\nd: 2026-13-45\ne: 010\nf: ~\ng: '<<'\n'<<': h"
    tree = {"a": "NO", "b": "3.10", "c": "12:30:45", "d": "2026-13-45", "e": "010", "f": "~", "g": "<<", "<<": "h"}
    assert read(text) == (tree, [])


def test_an_empty_file_is_no_node() -> None:
    """Neither bytes nor comments make a document."""
    assert read("") == (None, [])
    assert read("# only a comment\n") == (None, [])


CARDS = """\
domain: law
cards:
  - id: first-card
    front: What is foo: bar?
  - id: second-card
    front: sound
  - id: third-card
    front: "never closed
  - id: fourth-card
    tags: &a [x]
  - id: fifth-card
    front: sound
    front: again
"""


def test_faults_of_all_cards_are_reported_and_sound_cards_stay() -> None:
    """A card with a syntax error is set aside, the rest is read on; an open quote hides no later card."""
    tree, problems = read(CARDS)
    assert [problem.split(":")[1] for problem in problems] == ["4", "8", "10", "13"]
    assert [card["id"] for card in tree["cards"]] == ["second-card", "fourth-card", "fifth-card"]
    assert tree["cards"][2]["front"] == "sound"


def test_a_fault_in_the_list_of_a_header_leaves_the_cards() -> None:
    """Only the list item around the fault is set aside, not the cards after it."""
    tree, problems = read("tags:\n- `x`\n- b\ncards:\n- id: a-b\n- id: c-d\n")
    assert len(problems) == 1
    assert tree == {"tags": ["b"], "cards": [{"id": "a-b"}, {"id": "c-d"}]}


def test_a_fault_that_outlives_its_item_is_told_once() -> None:
    """Setting the list item aside does not close the bracket after it; the second reading finds the same fault."""
    assert [problem.split(":")[1] for problem in read("c:\n-\n[")[1]] == ["3"]
    assert read("c:\n-\n[")[1][0].endswith("\n    [\n    ^")


def test_a_list_in_the_header_is_not_taken_for_the_cards() -> None:
    """A fault in a card sets that card aside, although the header's list is indented less."""
    tree, problems = read("tags:\n- a\ncards:\n  - id: a-b\n  - id: `c-d\n  - id: e-f\n")
    assert len(problems) == 1
    assert tree == {"tags": ["a"], "cards": [{"id": "a-b"}, {"id": "e-f"}]}


@pytest.mark.parametrize("dash", ["  - ", "  -\n    ", "- ", "-   "])
def test_recovery_knows_every_way_to_begin_a_card(dash: str) -> None:
    """Cards may be indented or not, and begin on the line of their dash or below it."""
    inner = " " * (len(dash.rsplit("\n", maxsplit=1)[-1]))
    cards = "".join(f"{dash}id: {name}\n{inner}front: {text}\n" for name, text in [("a", "`"), ("b", "x"), ("c", "@")])
    tree, problems = read(f"cards:\n{cards}")
    assert [card["id"] for card in tree["cards"]] == ["b"]
    assert len(problems) == 2


texts = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=12)
trees = st.recursive(
    texts, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=12
)


@given(trees, st.sampled_from([None, True, False]), st.booleans(), st.integers(20, 90))
def test_what_yaml_writes_is_read_as_safe_loader_reads_it(
    tree: Any, flow: bool | None, allow_unicode: bool, width: int
) -> None:
    """On trees of texts the strict reader and SafeLoader agree, in every style; unsafe characters aside."""
    text = yaml.safe_dump(tree, default_flow_style=flow, allow_unicode=allow_unicode, width=width)
    node, problems = read_text(text.encode(), "law.yaml")
    assert all(problem.rule == "yaml-control" for problem in problems)
    if not problems:
        assert plain(node) == yaml.safe_load(text) == tree


SIGNS = ["\"", "'", "[", "]", "{", "}", "&a ", "*a ", "!t ", "\t", " #", ": ", "- ", "\n", "\n  ", "\r", "\x1b", "\x85",
         "\u2028", "\ufffe", "\ud800", "---\n", "...\n", "%", "|", ">", "? ", "<<: ", "\\e", "\u202e", "{{c1::",
         "}}"]  # fmt: skip


@st.composite
def mutated_cards(draw: st.DrawFn) -> bytes:
    text = CARDS
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(text)))
        text = text[:at] + draw(st.sampled_from(SIGNS) | st.text(max_size=3)) + text[at + draw(st.integers(0, 9)) :]
    return text.encode("utf-8", "surrogatepass")


@given(
    mutated_cards() | st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace"))
)
def test_no_bytes_raise_and_no_problem_prints_a_control_character(raw: bytes) -> None:
    """Whatever a file holds, it is read to an end, each fault is told once, and all can be shown."""
    _, problems = read_text(raw, "law.yaml")
    assert len(set(problems)) == len(problems)
    for problem in problems:
        shown = str(problem).replace("\n", "")
        assert not [sign for sign in shown if unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp")]
        assert "\u202e" not in shown
