"""What a field may hold: each shape reads a node into a plain value and describes itself as JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any, Protocol

from certdrill.corpus.yaml_events import Items, Keys, Node, Text
from certdrill.model import Place, Problem

Report = Callable[[Problem], None]
Value = Any  # str, int, bool, list or dict of values: what a JSON text can hold
BAD = object()  # a value that could not be read; its problem has been reported
MAX_TEXT = 20_000


class Shape(Protocol):
    """How one value is written."""

    def read(self, node: Node, report: Report) -> Value:
        """Return the plain value of `node`, or BAD after reporting why it has none."""
        ...

    def schema(self) -> dict[str, Value]:
        """Return the JSON Schema (draft-07) of the values this shape accepts."""
        ...


def _wrong(node: Node, expected: str, remedy: str, report: Report) -> object:
    found = {Text: "text", Items: "a list", Keys: "a mapping"}[type(node)]
    if isinstance(node, Text):
        found = repr(node.value[:40]) if node.value else "nothing"
    report(Problem(node.place, f"{found} where {expected} belongs", remedy, "type"))
    return BAD


@dataclass(frozen=True, slots=True)
class Prose:
    """Text a person reads: kept as written, never empty."""

    help: str = ""
    most: int = MAX_TEXT

    def read(self, node: Node, report: Report) -> Value:
        """Return the text without the white space around it."""
        if not isinstance(node, Text):
            return _wrong(node, "text", "write one text", report)
        value = node.value.strip()
        if node.cut:
            remedy = "quote the text, or put the comment on a line of its own"
            report(Problem(node.cut, "an unquoted ` #` ends the text here", remedy, "yaml-cut"))
        if node.cut and not value:
            return BAD
        if not value:
            return _wrong(Text("", node.place), "text", "fill it in or delete the key", report)
        if len(value) > self.most:
            return _wrong(node, f"a text of at most {self.most:,} characters", "shorten it", report)
        return value

    def schema(self) -> dict[str, Value]:
        """Describe a text with at least one visible character."""
        return {"type": "string", "pattern": r"\S", "maxLength": self.most}


@dataclass(frozen=True, slots=True)
class Word:
    """A text of a fixed form, given as a pattern and in words."""

    pattern: str
    example: str
    most: int = 200

    def read(self, node: Node, report: Report) -> Value:
        """Return the text if the whole of it matches."""
        if isinstance(node, Text) and len(node.value) <= self.most and re.fullmatch(self.pattern, node.value):
            return node.value
        return _wrong(node, f"a value such as {self.example!r}", f"it must match {self.pattern}", report)

    def schema(self) -> dict[str, Value]:
        """Describe the form as an anchored pattern."""
        return {"type": "string", "pattern": f"^(?:{self.pattern})$", "maxLength": self.most}


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of a few words."""

    words: tuple[str, ...]

    def read(self, node: Node, report: Report) -> Value:
        """Return the word."""
        if isinstance(node, Text) and node.value in self.words:
            return node.value
        return _wrong(node, "one of a few words", f"write one of: {', '.join(self.words)}", report)

    def schema(self) -> dict[str, Value]:
        """Describe the list of words."""
        return {"enum": list(self.words)}


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number within bounds."""

    least: int
    most: int

    def read(self, node: Node, report: Report) -> Value:
        """Return the number, which must be written plainly in decimal digits."""
        if isinstance(node, Text) and node.plain and re.fullmatch(r"0|[1-9][0-9]{0,8}", node.value):
            number = int(node.value)
            if self.least <= number <= self.most:
                return number
        remedy = f"write one from {self.least} to {self.most}, without quotes"
        return _wrong(node, "a whole number", remedy, report)

    def schema(self) -> dict[str, Value]:
        """Describe the bounds."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True, slots=True)
class Flag:
    """true or false."""

    def read(self, node: Node, report: Report) -> Value:
        """Return the truth value, written in one of two ways only."""
        if isinstance(node, Text) and node.plain and node.value in ("true", "false"):
            return node.value == "true"
        return _wrong(node, "true or false", "write true or false, without quotes", report)

    def schema(self) -> dict[str, Value]:
        """Describe a boolean."""
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar date, kept as the text it was written in."""

    def read(self, node: Node, report: Report) -> Value:
        """Return the date as YYYY-MM-DD."""
        if isinstance(node, Text) and re.fullmatch(r"\d{4}-\d\d-\d\d", node.value, re.ASCII):
            try:
                return date.fromisoformat(node.value).isoformat()
            except ValueError:
                pass
        return _wrong(node, "a date", 'write it as "2026-11-22"', report)

    def schema(self) -> dict[str, Value]:
        """Describe the form of a date; whether the day exists is left to the loader."""
        return {"type": "string", "format": "date", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of values of one shape."""

    item: Shape
    least: int = 1
    most: int = 50

    def read(self, node: Node, report: Report) -> Value:
        """Return the list; an unreadable item makes the whole list BAD, after all items were looked at."""
        if not isinstance(node, Items):
            return _wrong(node, "a list", "write `[a, b]` or one `- item` a line", report)
        if not self.least <= len(node.values) <= self.most:
            message = f"a list of {len(node.values)} where {self.least} to {self.most} belong"
            report(Problem(node.place, message, "add or remove items", "length"))
            return BAD
        values = [self.item.read(value, report) for value in node.values]
        return BAD if any(value is BAD for value in values) else values

    def schema(self) -> dict[str, Value]:
        """Describe the bounds and the item."""
        return {"type": "array", "minItems": self.least, "maxItems": self.most, "items": self.item.schema()}


@dataclass(frozen=True, slots=True)
class MapOf:
    """A mapping from names of one form to values of one shape."""

    item: Shape
    key: Word

    def read(self, node: Node, report: Report) -> Value:
        """Return the mapping in the order written."""
        if not isinstance(node, Keys) or not node.values:
            return _wrong(node, "a mapping", "write `name: value` lines", report)
        for key in node.values:
            self.key.read(Text(key, node.key_places[key]), report)
        values = {key: self.item.read(value, report) for key, value in node.values.items()}
        return BAD if any(value is BAD for value in values.values()) else values

    def schema(self) -> dict[str, Value]:
        """Describe the names and the item."""
        form = {"pattern": f"^(?:{self.key.pattern})$"}
        return {
            "type": "object",
            "minProperties": 1,
            "propertyNames": form,
            "additionalProperties": self.item.schema(),
        }


@dataclass(frozen=True, slots=True)
class Field:
    """A key of a record: its shape, whether it must be there, and a line for editors."""

    shape: Shape
    required: bool = False
    help: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """A mapping with known keys."""

    fields: Mapping[str, Field]
    what: str

    def read(self, node: Node, report: Report) -> Value:
        """Return the readable fields; BAD when the node is no mapping or a needed field is missing or bad."""
        if not isinstance(node, Keys):
            return _wrong(node, self.what, f"write the keys {', '.join(list(self.fields)[:4])} ...", report)
        self.unknown_keys(node, report)
        return self.read_known(node, report)

    def read_known(self, node: Keys, report: Report) -> Value:
        """Read the fields that are there and report those that are not."""
        values: dict[str, Value] = {}
        sound = True
        for key, spec in self.fields.items():
            if key in node.values:
                value = spec.shape.read(node.values[key], report)
                if value is BAD:
                    sound = False
                else:
                    values[key] = value
            elif spec.required:
                sound = False
                report(missing(node.place, key, self.what, spec.help))
        return values if sound else BAD

    def unknown_keys(self, node: Keys, report: Report) -> None:
        """Report every key this record does not have, with the nearest it has."""
        for key in node.values:
            if key not in self.fields:
                near = get_close_matches(key, self.fields, n=1)
                remedy = f"did you mean {near[0]!r}?" if near else f"{self.what} has: {', '.join(self.fields)}"
                report(Problem(node.key_places[key], f"the unknown key {key!r}", remedy, "unknown-key"))

    def schema(self) -> dict[str, Value]:
        """Describe the keys, closed to others."""
        described = {
            key: {**spec.shape.schema(), **({"description": spec.help} if spec.help else {})}
            for key, spec in self.fields.items()
        }
        required = [key for key, spec in self.fields.items() if spec.required]
        return {
            "type": "object",
            "properties": described,
            "additionalProperties": False,
            **({"required": required} if required else {}),
        }


@dataclass(frozen=True, slots=True)
class TextOr:
    """A record, or the text of its one needed key alone."""

    text: Shape
    record: Record

    def read(self, node: Node, report: Report) -> Value:
        """Return the text or the fields, as they were written."""
        if isinstance(node, Items):
            return _wrong(node, f"a text or {self.record.what}", "write one of the two", report)
        return (self.record if isinstance(node, Keys) else self.text).read(node, report)

    def schema(self) -> dict[str, Value]:
        """Describe both ways."""
        return {"anyOf": [self.text.schema(), self.record.schema()]}


def missing(place: Place, key: str, what: str, help_text: str = "") -> Problem:
    """Compose the problem of a key that is not there."""
    remedy = f"add `{key}:`" + (f" ({help_text})" if help_text else "")
    return Problem(place, f"{what} without {key!r}", remedy, "missing-key")
