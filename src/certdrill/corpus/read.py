"""Read a folder of YAML into a corpus and every problem in it; nothing is printed and nothing raised per card."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from certdrill import cloze
from certdrill.corpus import fields
from certdrill.corpus.files import LOCK, Files, Unreadable
from certdrill.corpus.order import reading_order
from certdrill.corpus.records import exam_of
from certdrill.corpus.shapes import BAD, Record, Report, missing
from certdrill.corpus.yaml_events import Items, Keys, Node, Text, excerpt, lines_of, read_text
from certdrill.errors import BrokenExamError
from certdrill.model import ERROR, Card, Exam, Place, Problem

MOCKS = "mocks/"
SPECIAL = ("exam.yaml", "names.yaml", "retired.yaml")
# After one of these, what was read of a file is not what was written.
LOSSY = (
    "yaml-alias",
    "yaml-document",
    "yaml-encoding",
    "yaml-key",
    "yaml-merge",
    "yaml-repeated-key",
    "yaml-size",
    "yaml-syntax",
    "file-unreadable",
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A card as it was read: its head, its plain fields and the node they came from."""

    card: Card
    record: dict[str, Any]
    node: Keys

    def place(self, key: str = "id") -> Place:
        """Return where the value of `key` stands, or the card itself."""
        value = self.node.values.get(key)
        return value.place if value is not None else self.node.place


@dataclass(slots=True)
class Library:
    """A whole corpus as read: what the rules look at.

    `ids` are the ids of all cards with their places, of those that could not be read as well. `is_whole` is false when
    a part of some file could not be read at all, so that nothing can be said of what is missing.
    """

    exam: Exam
    exam_record: dict[str, Any]
    files: Files = field(default_factory=dict)
    drafts: list[Draft] = field(default_factory=list)
    names: list[dict[str, Any]] = field(default_factory=list)
    retired: dict[str, dict[str, Any]] = field(default_factory=dict)
    retired_places: dict[str, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    ids: list[tuple[str, Place]] = field(default_factory=list)

    @property
    def lock(self) -> bytes:
        """What `ids.lock` holds."""
        return self.files.get(LOCK, b"")

    @property
    def is_whole(self) -> bool:
        """Whether every card that stands in the files could at least be named."""
        return not any(problem.rule in LOSSY for problem in self.problems)

    def sound(self) -> list[Draft]:
        """Return the drafts no error speaks of, each id once, in reading order."""
        bad = {(problem.card, problem.place.file) for problem in self.problems if problem.severity == ERROR}
        known = {domain.id for domain in self.exam.domains}
        seen: dict[str, Draft] = {}
        for draft in self.drafts:
            if draft.card.domain not in known and not draft.card.form:
                continue
            if (draft.card.id, draft.card.file) not in bad or _only_repeats(self.problems, draft):
                seen.setdefault(draft.card.id, draft)
        return reading_order(seen.values())


def _only_repeats(problems: Iterable[Problem], draft: Draft) -> bool:
    """Tell whether the only fault of this draft is that a later card took its id."""
    mine = [p for p in problems if p.card == draft.card.id and p.place.file == draft.card.file and p.severity == ERROR]
    return all(p.rule == "id-repeated" and p.place != draft.place() for p in mine)


def read_library(files: Files) -> Library:
    """Read all files of a corpus.

    Raises BrokenExamError when the blueprint itself is unusable, with what is wrong in the form of all other files too.
    """
    try:
        record, problems = _read_exam(files["exam.yaml"])
    except BrokenExamError as error:
        bare = _read_others(Library(Exam("", "", ()), {}, files))
        raise BrokenExamError([*error.problems, *bare.problems]) from None
    return _read_others(Library(exam_of(record), record, files, problems=problems))


def _read_others(library: Library) -> Library:
    for name, raw in library.files.items():
        if isinstance(raw, Unreadable):
            message = f"{name} cannot be read: {raw.reason}"
            library.problems.append(Problem(Place(name), message, "mend or remove it", "file-unreadable"))
        elif name == "names.yaml":
            found = _read_record(raw, name, fields.NAMES, library.problems)
            library.names = found[0]["names"] if found else []
        elif name == "retired.yaml":
            _read_retired(raw, library)
        elif name not in (*SPECIAL, LOCK):
            _read_cards(raw, name, library)
    return library


def _read_record(raw: bytes, name: str, shape: Record, problems: list[Problem]) -> tuple[dict[str, Any], Keys] | None:
    node, found = read_text(raw, name)
    if not isinstance(node, Keys):
        problems += found or [missing(Place(name), next(iter(shape.fields)), shape.what)]
        return None
    value = shape.read(node, _reporter(found, lines_of(raw)))
    problems += found
    return None if value is BAD else (value, node)


def _reporter(problems: list[Problem], lines: list[str], card: str = "") -> Report:
    """Return a function that keeps a problem together with the line it speaks of."""

    def report(problem: Problem) -> None:
        problems.append(problem._replace(card=card or problem.card, excerpt=excerpt(lines, problem.place)))

    return report


def _read_exam(raw: bytes) -> tuple[dict[str, Any], list[Problem]]:
    problems: list[Problem] = []
    found = _read_record(raw, "exam.yaml", fields.EXAM, problems)
    if found is None or any(problem.rule in LOSSY for problem in problems):
        raise BrokenExamError(problems)
    record, node = found
    exam = exam_of(record)
    report = _reporter(problems, lines_of(raw))
    before = len(problems)
    for problem in _exam_faults(exam, node):
        report(problem)
    if len(problems) > before:
        raise BrokenExamError(problems)
    return record, problems


def _exam_faults(exam: Exam, node: Keys) -> Iterator[Problem]:
    domains = [domain.id for domain in exam.domains]

    def repeated(key: str, ids: list[str]) -> Iterator[Problem]:
        values = node.values.get(key)
        places = [one.place for one in values.values] if isinstance(values, Items) else []
        for number, (name, place) in enumerate(zip(ids, places, strict=True)):
            if name in ids[:number]:
                yield Problem(place, f"{name!r} is listed twice under {key}", "keep one", "exam-repeated")

    yield from repeated("domains", domains)
    yield from repeated("objectives", [objective.id for objective in exam.objectives])
    objectives = node.values.get("objectives")
    if isinstance(objectives, Items):
        for objective, item in zip(exam.objectives, objectives.values, strict=True):
            if objective.domain not in domains:
                remedy = f"name one of: {', '.join(domains)}"
                yield Problem(item.place, f"the unknown domain {objective.domain!r}", remedy, "exam-domain")
    profiles = node.values.get("profiles")
    if isinstance(profiles, Keys):
        for name, weights in exam.profiles:
            if name == "default":
                remedy = "choose another name: `default` means the weights of the domains"
                yield Problem(profiles.key_places[name], "a profile named 'default'", remedy, "exam-profile")
            given = [domain for domain, _ in weights]
            if sorted(given) != sorted(domains) or not any(weight for _, weight in weights):
                remedy = "give every domain a weight, one of them above 0"
                message = f"the profile {name!r} does not weigh the domains of this exam"
                yield Problem(profiles.key_places[name], message, remedy, "exam-profile")


def read_retired(raw: bytes) -> dict[str, dict[str, Any]]:
    """Return the records of a `retired.yaml` by id; nothing of one that cannot be read."""
    library = Library(Exam("", "", ()), {})
    _read_retired(raw, library)
    return library.retired


def _read_retired(raw: bytes, library: Library) -> None:
    found = _read_record(raw, "retired.yaml", fields.RETIRED, library.problems)
    if found is None:
        return
    record, node = found
    listed = node.values["retired"]
    places = [one.place for one in listed.values] if isinstance(listed, Items) else []
    for one, place in zip(record["retired"], places, strict=True):
        library.retired.setdefault(one["id"], one)
        library.retired_places.setdefault(one["id"], place)


def _read_cards(raw: bytes, name: str, library: Library) -> None:
    root, problems = read_text(raw, name)
    lines = lines_of(raw)
    report = _reporter(library.problems, lines)
    if not isinstance(root, Keys):
        library.problems += problems
        if not any(problem.rule in LOSSY for problem in problems):
            remedy = "begin with `domain:` and `cards:`; a file that is not cards belongs elsewhere"
            report(Problem(Place(name), "not a card file", remedy, "type"))
        return
    shape = fields.MOCK_FILE if name.startswith(MOCKS) else fields.CARD_FILE
    cards = root.values.pop("cards", None)
    nodes = cards.values if isinstance(cards, Items) else []
    library.problems += _with_cards(problems, nodes)
    header = shape.read(root, report)
    if not nodes:
        if not any(problem.rule == "yaml-syntax" for problem in problems):  # else they were set aside
            report(missing(cards.place if cards else root.place, "cards", shape.what, "a list with at least one card"))
        return
    known = {domain.id for domain in library.exam.domains}
    if header is not BAD and known and "domain" in header and header["domain"] not in known:
        place = root.values["domain"].place
        remedy = f"name one of: {', '.join(sorted(known))}"
        report(Problem(place, f"the unknown domain {header['domain']!r}", remedy, "domain-unknown"))
    for node in nodes:
        draft = _read_card(node, name, header, library, lines)
        if draft:
            library.drafts.append(draft)


def _with_cards(problems: list[Problem], nodes: list[Node]) -> list[Problem]:
    """Say of every problem of form which card it stands in; those of syntax belong to cards that were set aside."""
    starts = [node.place.line for node in nodes]
    named = []
    for problem in problems:
        at = bisect_right(starts, problem.place.line) - 1
        in_card = at >= 0 and problem.rule not in ("yaml-syntax", "yaml-document")
        named.append(problem._replace(card=_id_of(nodes[at])) if in_card else problem)
    return named


def _id_of(node: Node) -> str:
    """Return the id that stands in a card, readable or not."""
    found = node.values.get("id") if isinstance(node, Keys) else None
    return found.value if isinstance(found, Text) else ""


def _read_card(node: Node, name: str, header: Any, library: Library, lines: list[str]) -> Draft | None:
    shown = _id_of(node)
    report = _reporter(library.problems, lines, shown)
    if not isinstance(node, Keys):
        report(Problem(node.place, "a card that is not a mapping", "write `- id: ...` and its keys below", "type"))
        return None
    if shown:
        library.ids.append((shown, node.values["id"].place))
    kind = node.values.get("kind")
    if not isinstance(kind, Text) or kind.value not in fields.BY_KIND:
        if kind is None:
            report(missing(node.place, "kind", "a card", "basic, reversed, cloze, typed, choice or order"))
        else:
            fields.COMMON["kind"].shape.read(kind, report)
        common = {key: spec for key, spec in fields.COMMON.items() if key != "kind"}
        Record(common, "a card").read_known(node, report)
        every = {key: spec for own in fields.BY_KIND.values() for key, spec in own.items()}
        Record({**fields.COMMON, **every}, "a card").unknown_keys(node, report)
        return None
    record = fields.card_record(kind.value).read(node, report)
    if record is BAD or header is BAD:
        return None
    for key, value in header.get("defaults", {}).items():
        record.setdefault(key, value)
    objective = record.get("objective", "")
    domain = header.get("domain") or next((o.domain for o in library.exam.objectives if o.id == objective), "")
    card = Card(
        id=record["id"],
        kind=record["kind"],
        domain=domain,
        units=_units(record),
        objective=objective,
        level=record.get("level", ""),
        tags=tuple(record.get("tags", ())),
        rev=record.get("rev", 1),
        form=header.get("form", ""),
        file=name,
        line=node.place.line,
    )
    return Draft(card, record, node)


def _units(record: dict[str, Any]) -> tuple[str, ...]:
    if record["kind"] == "reversed":
        return ("f", "r")
    if record["kind"] == "cloze":
        return tuple(f"c{number}" for number in cloze.numbers(record["text"])) or ("c1",)
    return ("",)
