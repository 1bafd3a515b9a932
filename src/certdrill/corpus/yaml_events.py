"""Strict YAML: libyaml's event stream built into nodes that keep text and place; alone imports yaml."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from certdrill.markup import UNSAFE, visible
from certdrill.model import Place, Problem

EXCERPT = 200  # how far an excerpt reaches beyond its fault
MAX_BYTES = 4_000_000
MAX_DEPTH = 20
MAX_RECOVERIES = 50
MAX_RAW_FAULTS = 500

# U+2028 and U+2029 end a line for YAML and for nobody else: every later line number would be wrong
_CONTROL = re.compile("[\u2028\u2029" + UNSAFE.pattern[1:])
_RAW_FAULT = re.compile("[\t" + _CONTROL.pattern[1:])
_ITEM = re.compile(r"^( *)-(?: |$)")
_TOP_KEY = re.compile(r"[A-Za-z_]+:(?: |$)")
_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


@dataclass(slots=True)
class Text:
    """A scalar as it was written; `cut` is the place of an unquoted ` #` that ended it."""

    value: str
    place: Place
    plain: bool = True
    cut: Place | None = None


@dataclass(slots=True)
class Items:
    """A sequence of nodes."""

    values: list[Node]
    place: Place


@dataclass(slots=True)
class Keys:
    """A mapping from keys to nodes, in the order written, with the place of every key."""

    values: dict[str, Node]
    place: Place
    key_places: dict[str, Place] = field(default_factory=dict)


Node = Text | Items | Keys


class _Stop(Exception):  # noqa: N818 - it ends one reading, it is no error of the program
    """A fault after which the rest of the text means nothing."""

    def __init__(self, place: Place, message: str, remedy: str, start: int = 0) -> None:
        super().__init__(message)
        self.place, self.message, self.remedy = place, message, remedy
        self.start = start or place.line


def read_text(raw: bytes, file: str) -> tuple[Node | None, list[Problem]]:
    """Build the one document of `raw` and collect every problem of form.

    After a syntax error the list item (the card) that holds it is set aside and the rest is read on, so that one
    run reports the faults of all cards and the sound ones stay usable. Nothing is ever raised.
    """
    if len(raw) > MAX_BYTES:
        message = f"the file has {len(raw):,} bytes, more than the {MAX_BYTES:,} that are read"
        return None, [Problem(Place(file), message, "split it into files of 20 to 40 cards", "yaml-size")]
    try:
        raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode("utf-8").split("\n")
        place = Place(file, len(before), len(before[-1]) + 1)
        problem = Problem(place, "not UTF-8 text", "save the file as UTF-8", "yaml-encoding")
        return None, [_with_excerpt(problem, lines_of(raw))]
    lines = lines_of(raw)
    problems = list(_raw_faults(lines, file))
    cleaned = [_RAW_FAULT.sub(" ", line) for line in lines] if problems else lines
    node = None
    for _ in range(MAX_RECOVERIES):
        tried = cleaned
        reading = _Reading(cleaned, file)
        try:
            node = reading.document()
        except _Stop as stop:
            problems.append(Problem(stop.place, stop.message, stop.remedy, "yaml-syntax"))
            cleaned = _without_item(cleaned, stop)
            if cleaned == tried or not any(cleaned):
                break
            continue
        problems += reading.problems
        break
    return node, [_with_excerpt(problem, lines) for problem in sorted(set(problems))]


def lines_of(raw: bytes) -> list[str]:
    """Return the lines of a file, without line ends and byte order mark."""
    return raw.decode("utf-8-sig", "replace").replace("\r\n", "\n").split("\n")


def excerpt(lines: list[str], place: Place) -> str:
    """Return the line of a place, as far as it can be shown."""
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    return _RAW_FAULT.sub("\N{REPLACEMENT CHARACTER}", line[: place.column + EXCERPT].replace("\t", " "))


def _with_excerpt(problem: Problem, lines: list[str]) -> Problem:
    return problem._replace(message=visible(problem.message), excerpt=excerpt(lines, problem.place))


def _raw_faults(lines: list[str], file: str) -> Iterator[Problem]:
    """Yield the first tab and the first control character of every line."""
    found = 0
    for number, line in enumerate(lines, 1):
        if "\t" in line:
            found += 1
            yield Problem(Place(file, number, line.index("\t") + 1), "a tab character", "use spaces", "yaml-tab")
        if match := _CONTROL.search(line):
            found += 1
            message = f"the control character U+{ord(match[0]):04X}"
            yield Problem(Place(file, number, match.start() + 1), message, "delete it", "yaml-control")
        if found >= MAX_RAW_FAULTS:
            place = Place(file, number + 1)
            yield Problem(place, "too many tabs or control characters to go on", "is this a text file?", "yaml-control")
            return


def _without_item(lines: list[str], stop: _Stop) -> list[str]:
    """Blank the outermost list item around the fault; without one, everything from the fault's line on."""
    for at in (stop.place.line, stop.start):
        key = max((number for number, line in enumerate(lines[:at]) if _TOP_KEY.match(line)), default=0)
        above = [
            (number, match[1])
            for number, line in enumerate(lines[:at])
            if number >= key and (match := _ITEM.match(line))
        ]
        if not above:
            continue
        indent = min(len(space) for _, space in above)
        start = max(number for number, space in above if len(space) == indent)
        end = start + 1
        while end < len(lines) and (not lines[end].strip() or lines[end].startswith(" " * (indent + 1))):
            end += 1
        if end < at <= len(lines):
            end = at
        return [*lines[:start], *[""] * (end - start), *lines[end:]]
    at = min(stop.place.line, stop.start) - 1
    return [*lines[:at], *[""] * (len(lines) - at)]


class _Reading:
    """One pass over the event stream of one text."""

    def __init__(self, lines: list[str], file: str) -> None:
        self.lines, self.file = lines, file
        self.problems: list[Problem] = []
        self.loader: Any = None  # yaml's loaders are untyped

    def document(self) -> Node | None:
        """Return the root node (None for an empty text); raise _Stop at a fault that ends the reading."""
        try:
            self.loader = _LOADER("\n".join(self.lines))
            self._next()
            event = self._next()
            if isinstance(event, yaml.StreamEndEvent):
                return None
            root = self._node(self._next(), 0)
            self._next()
            event = self._next()
            if not isinstance(event, yaml.StreamEndEvent):
                remedy = "keep one document a file: delete the `---` line or move the rest to another file"
                self._problem(self._place(event.start_mark), "a second YAML document", remedy, "yaml-document")
        except yaml.MarkedYAMLError as error:
            raise self._syntax(error) from None
        except yaml.reader.ReaderError as error:
            whole = "\n".join(self.lines)  # libyaml counts bytes, the Python parser characters
            before = whole.encode()[: error.position].decode("utf-8", "ignore") if yaml.__with_libyaml__ else whole
            line = before[: error.position].count("\n") + 1
            raise _Stop(Place(self.file, line), "a character YAML cannot hold", "delete it") from None
        finally:
            if self.loader is not None:
                self.loader.dispose()
        return root

    def _next(self) -> Any:
        return self.loader.get_event()

    def _place(self, mark: Any) -> Place:
        return Place(self.file, mark.line + 1, mark.column + 1)

    def _problem(self, place: Place, message: str, remedy: str, rule: str) -> None:
        self.problems.append(Problem(place, message, remedy, rule))

    def _node(self, event: Any, depth: int) -> Node:
        place = self._place(event.start_mark)
        if depth > MAX_DEPTH:
            raise _Stop(place, f"nested more than {MAX_DEPTH} deep", "a card needs no more than four levels")
        if isinstance(event, yaml.AliasEvent):
            self._problem(place, f"the alias *{event.anchor}", "write the value out", "yaml-alias")
            return Text("", place)
        if event.anchor:
            self._problem(place, f"the anchor &{event.anchor}", "write the value out where it is used", "yaml-anchor")
        if event.tag:
            self._problem(place, f"the tag {event.tag}", "delete it: every value is read as text", "yaml-tag")
        if isinstance(event, yaml.ScalarEvent):
            return self._text(event, place)
        if isinstance(event, yaml.SequenceStartEvent):
            values = []
            while not isinstance(event := self._next(), yaml.SequenceEndEvent):
                values.append(self._node(event, depth + 1))
            return Items(values, place)
        return self._keys(place, depth)

    def _keys(self, place: Place, depth: int) -> Keys:
        keys = Keys({}, place)
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key_place = self._place(event.start_mark)
            key = self._node(event, depth + 1)
            value = self._node(self._next(), depth + 1)
            if not isinstance(key, Text):
                self._problem(key_place, "a key that is not text", "write `key: value`", "yaml-key")
            elif key.value == "<<" and key.plain:
                self._problem(key_place, "a merge key", "write the fields out", "yaml-merge")
            elif key.value in keys.values:
                first = keys.key_places[key.value].line
                message = f"the key {key.value!r} again (first on line {first})"
                self._problem(key_place, message, "keep one of the two", "yaml-repeated-key")
            else:
                keys.values[key.value] = value
                keys.key_places[key.value] = key_place
        return keys

    def _text(self, event: Any, place: Place) -> Text:
        value = event.value
        if match := UNSAFE.search(value):
            message = f"the text holds the control character U+{ord(match[0]):04X}"
            self._problem(place, message, "delete the escape", "yaml-control")
            value = UNSAFE.sub("", value)
        plain = not event.style  # libyaml says "", the Python parser None
        cut = None
        if plain:
            end = event.end_mark
            rest = self.lines[end.line][end.column :] if end.line < len(self.lines) else ""
            if rest.lstrip(" ").startswith("#"):
                cut = Place(self.file, end.line + 1, end.column + len(rest) - len(rest.lstrip(" ")) + 1)
        return Text(value, place, plain, cut)

    def _syntax(self, error: yaml.MarkedYAMLError) -> _Stop:
        mark: Any = error.problem_mark or error.context_mark
        message = f"{error.context or ''} {error.problem or ''}".strip() or "not YAML"
        start = error.context_mark.line + 1 if error.context_mark else 0
        unclosed = ("end of stream", "document indicator", "',' or ")
        if any(words in message for words in unclosed) and error.context_mark:
            mark = error.context_mark
        place = self._place(mark) if mark else Place(self.file)
        if place.line > len(self.lines):  # libyaml's end of stream is a line of its own
            place = self._place(error.context_mark) if error.context_mark else place
            place = place._replace(line=min(place.line, len(self.lines)))
        line = self.lines[place.line - 1] if place.line <= len(self.lines) else ""
        return _Stop(place, f"not valid YAML ({message})", _syntax_remedy(message, line, place.column), start)


def _syntax_remedy(message: str, line: str, column: int) -> str:
    """Say in plain words what most often stands behind one of libyaml's messages."""
    if "escape" in message or "hexdecimal" in message:
        return r"write a backslash inside double quotes as `\\`, or use single quotes"
    if "quoted scalar" in message:
        return "close the quote, and double a single quote inside single quotes"
    if "mapping values are not allowed" in message and not line[column:].lstrip(": "):
        return "align this line with the other keys of its card"
    if "mapping values are not allowed" in message:
        return "if the text holds `: `, quote it or start it with `>-` on the line before; else align the line"
    begins = re.match(r"\s*(?:- )?[\w-]+: +([^\w\s])", line)
    if begins and begins[1] in "'\"":
        return "quote the whole text once more: inside single quotes write '' for ', inside double quotes \\\" for \""
    if begins and begins.end() <= column + 1:
        return f"quote the whole text: beginning with {begins[1]} it means something else in YAML"
    if "flow" in message:
        return "close the bracket, or quote the text"
    return "align this line with the other keys of its card, or quote the text"
