"""A card that is being written: its template by kind, and what is wrong with it before it joins a corpus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from certdrill.corpus.fields import BY_KIND, COMMON, SOURCE, STRICT_FIELDS
from certdrill.corpus.files import Files, Listing
from certdrill.corpus.read import read_library
from certdrill.corpus.rules import check
from certdrill.corpus.shapes import Field, ListOf, OneOf, Record
from certdrill.corpus.yaml_events import Items, Keys, excerpt, lines_of, read_text
from certdrill.model import ERROR, KINDS, Exam, Place, Problem

GUIDE = "#:"  # how a line begins that only speaks to the writer
_HEAD = (
    "Fill in what is empty, save and leave the editor. To add nothing, leave all this as it is.",
    f"Lines that begin with `{GUIDE}`, and optional lines left commented out, stay out of the card.",
)
_BEFORE = ("id", "kind", "objective", "level", "difficulty", "tags", "verified", "volatile", "contrast", "requires")
_AFTER = ("why", "media", "sources")
_BLOCKS = ("front", "back", "text", "stem")  # prose of which most runs over a line or holds `: `
_SAMPLES = {
    "difficulty": "3", "tags": "[topic]", "volatile": "true", "contrast": "[other-card]", "requires": "[earlier-card]",
    "media": "[pictures/recall.png]",
    "select": "2", "match": "nocase", "accept": "[another answer]",
}  # fmt: skip


class Findings(NamedTuple):
    """What is known of a draft: its problems, the id of its card and the domain in its header."""

    problems: list[Problem]
    card: str = ""
    domain: str = ""

    @property
    def errors(self) -> int:
        """How many of the problems keep the card out."""
        return sum(problem.severity == ERROR for problem in self.problems)


def template(kind: str, exam: Exam, domain: str, objective: str = "", card_id: str = "", today: str = "") -> str:
    """Return the text of a file with one unwritten card of `kind`, verified `today` (YYYY-MM-DD)."""
    given = {"id": card_id, "kind": kind, "verified": f'"{today}"', "objective": f'"{objective}"' if objective else ""}
    asked = [one for one in exam.objectives if one.id == objective]
    head = [*_HEAD, *(f"{one.id}: {one.text}" for one in asked)]
    body = _body(kind, given, bool(exam.objectives), exam.strict)
    lines = [f"{GUIDE} {line}" for line in head] + [f"domain: {domain}", "cards:", *(f"    {line}" for line in body)]
    return "\n".join(_dashed(lines)) + "\n"


@cache
def optional_lines() -> frozenset[str]:
    """Return every line that some template holds commented out, without indentation."""
    bodies = (_body(kind, {}, several, strict) for kind in KINDS for several in (0, 1) for strict in (0, 1))
    return frozenset(line.strip() for body in bodies for line in body if line.lstrip().startswith("# "))


def is_untouched(raw: bytes, text: str) -> bool:
    """Tell whether a draft says no more than its template did, or nothing at all."""
    said = list(_said(lines_of(raw)))
    return not said or said == list(_said(text.split("\n")))


def examine(files: Mapping[str, bytes], raw: bytes, name: str) -> Findings:
    """Read a draft, alone and beside the files of its corpus, and return what is wrong with it.

    `name` is what its problems are located by. Raises BrokenExamError.
    """
    beside: Files = Listing(files.media) if isinstance(files, Listing) else {}
    beside.update({**files, name: raw})
    library = read_library(beside)
    check(library)
    problems = [problem for problem in library.problems if problem.place.file == name]
    root, _ = read_text(raw, name)
    if not isinstance(root, Keys):
        return Findings(problems)
    problems += _surplus(root, lines_of(raw))
    cards = [card for card, place in library.ids if place.file == name]
    domain = next((draft.card.domain for draft in library.drafts if draft.card.file == name), "")
    return Findings(sorted(problems, key=lambda one: (one.place, one.rule)), cards[0] if cards else "", domain)


def new_file(names: Sequence[str], domain: str) -> str:
    """Return the name of a first file of cards for a domain, in a folder of its own where others (`names`) are."""
    in_folders = any("/" in name and not name.startswith("mocks/") for name in names)
    return f"{domain}/{domain}.yaml" if in_folders else f"{domain}.yaml"


def header(name: str, domain: str, exam: Exam, *, has_schema: bool) -> bytes:
    """Return the lines with which a card file begins; `has_schema` says whether the corpus holds the schemas."""
    up = "../" * name.count("/")
    lines = [
        *([f"# yaml-language-server: $schema={up}schema/cards.schema.json"] * has_schema),
        f"domain: {domain}",
        *([f'exam_guide: "{exam.guide}"'] * bool(exam.guide)),
        "cards:",
    ]
    return ("\n".join(lines) + "\n").encode()


def _body(kind: str, given: Mapping[str, str], has_objectives: bool | int, strict: bool | int) -> list[str]:
    """Return the lines of the card, without the indentation of its keys and without its dash."""
    lines = []
    own = BY_KIND[kind]
    for key, spec in {**{key: COMMON[key] for key in _BEFORE}, **own, **{key: COMMON[key] for key in _AFTER}}.items():
        is_given = key in ("id", "kind", "verified") or (key == "objective" and has_objectives)
        needed = is_given or spec.required or (strict and key in STRICT_FIELDS)
        if key == "objective" and not has_objectives and not strict:
            continue
        if key not in ("kind", "verified"):
            lines.append(f"{GUIDE} {_wish(spec)}")
        value = _value(key, given.get(key, ""), bool(strict))
        lines += value if needed else [f"# {line.replace('# ', '')}" for line in value if GUIDE not in line]
    return lines


def _wish(spec: Field) -> str:
    """Say what a field wants."""
    return spec.help + (f": {', '.join(spec.shape.words)}" if isinstance(spec.shape, OneOf) else "")


def _value(key: str, given: str, strict: bool) -> list[str]:
    if given or key in _SAMPLES:
        return [f"{key}: {given or _SAMPLES[key]}"]
    if key in _BLOCKS:
        return [f"{key}: >-", "  "]
    if key == "steps":
        return ["steps:", "  -", "  -", "  -"]
    if key == "sources":
        section = SOURCE.fields["section"]
        return ["sources:", "  - url:", f"    {GUIDE} {section.help}", "    # section:"]
    if key == "options":
        return ["options:", *_options(strict)]
    return [f"{key}:"]


def _options(strict: bool) -> Iterator[str]:
    listed = BY_KIND["choice"]["options"].shape
    assert isinstance(listed, ListOf)  # noqa: S101 - of options
    assert isinstance(listed.item, Record)  # noqa: S101
    why = "why:" if strict else "# why:"
    wishes = {key: f"{GUIDE} {spec.help}" for key, spec in listed.item.fields.items()}
    yield f"  {wishes['text']}"
    yield "  - text:"
    yield f"    {wishes['correct']}"
    yield "    correct: true"
    yield f"    {wishes['why']}"
    yield f"    {why}"
    for _ in range(3):
        yield "  - text:"
        yield f"    {why}"


def _dashed(lines: list[str]) -> list[str]:
    """Put the dash before the first key of the card."""
    at = next(number for number, line in enumerate(lines) if line.startswith("    id:"))
    moved = [f"  {line.lstrip()}" if line.startswith(f"    {GUIDE}") else line for line in lines[:at]]
    return [line.rstrip() if line.strip() else line for line in [*moved, f"  - {lines[at].strip()}", *lines[at + 1 :]]]


def _said(lines: Sequence[str]) -> Iterator[str]:
    left_out = optional_lines()
    for line in lines:
        if line.strip() and not line.lstrip().startswith(GUIDE) and line.strip() not in left_out:
            yield line.rstrip()


def _surplus(root: Keys, lines: list[str]) -> Iterator[Problem]:
    """Yield what a draft holds beyond one card and would lose."""

    def problem(place: Place, message: str, remedy: str) -> Problem:
        return Problem(place, message, remedy, "draft", excerpt=excerpt(lines, place))

    cards = root.values.get("cards")
    if isinstance(cards, Items) and len(cards.values) > 1:
        yield problem(cards.values[1].place, "a second card", "add one card at a time")
    if "defaults" in root.key_places:
        yield problem(root.key_places["defaults"], "defaults in a draft", "write the values on the card itself")
