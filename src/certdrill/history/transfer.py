"""A history as text: events as JSON lines or CSV with every column, and back again, believed in nothing."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from certdrill.errors import UntrustedFileError
from certdrill.history.replay import Action, Event, Review
from certdrill.history.verify import NULLABLE, event_fault, log_faults

FORMAT = "certdrill-history"
VERSION = 1
KINDS: dict[str, type[Review] | type[Action]] = {"review": Review, "action": Action}
COLUMNS = ("type", *dict.fromkeys((*Review._fields, *Action._fields)))
LONGEST_LINE = 20_000
_WHOLE = {
    "ordered_at", "rev", "rating", "reviewed_at", "utc_offset", "day", "duration", "phase", "step", "interval",
    "due_day", "due_at", "acted_at",
}  # fmt: skip


def to_json_lines(events: Iterable[Event]) -> Iterator[str]:
    """Yield the lines of a JSON Lines file: first what it is and its exams, then one event a line, oldest first."""
    log = _ordered(events)
    exams = sorted({event.exam for event in log})
    yield json.dumps({"format": FORMAT, "version": VERSION, "exams": exams}, ensure_ascii=False)
    for event in log:
        yield json.dumps({"type": _kind(event), **event._asdict()}, ensure_ascii=False)


def to_csv(events: Iterable[Event]) -> Iterator[str]:
    """Yield the lines of one CSV table of reviews and actions, told apart by `type`; columns of the other are empty."""
    for row in (COLUMNS, *(_cells(event) for event in _ordered(events))):
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow(row)
        yield line.getvalue()


def from_text(text: str, path: object) -> list[Event]:
    """Return the events of an export in either form; raise UntrustedFileError naming the line."""
    lines = [line.removesuffix("\r") for line in text.removeprefix("\ufeff").split("\n")]
    if not lines[0]:
        raise UntrustedFileError(path, "it is empty")
    if any(len(line) > LONGEST_LINE for line in lines):
        raise UntrustedFileError(path, "it has a line that is too long")
    read = _from_json_lines if lines[0].lstrip().startswith("{") else _from_csv
    log: list[Event] = []
    seen: set[str] = set()
    for number, event in read(lines, path):
        fault = event_fault(event) or ("its id stands twice" if event.id in seen else "")
        if fault:
            raise UntrustedFileError(f"{path}:{number}", fault)
        seen.add(event.id)
        log.append(event)
    faults = log_faults(log)
    if faults:
        raise UntrustedFileError(path, faults[0].text)
    return log


def _from_json_lines(lines: list[str], path: object) -> Iterator[tuple[int, Event]]:
    head = _record(lines[0], path, 1)
    if head.get("format") != FORMAT:
        raise UntrustedFileError(path, f"its first line does not name the format {FORMAT}")
    if head.get("version") != VERSION:
        raise UntrustedFileError(path, f"it has version {head.get('version')!r}, this certdrill reads {VERSION}")
    for number, line in enumerate(lines[1:], 2):
        if line.strip():
            yield number, _event(_record(line, path, number), path, number)


def _from_csv(lines: list[str], path: object) -> Iterator[tuple[int, Event]]:
    rows = csv.reader(lines, strict=True)
    try:
        if tuple(next(rows)) != COLUMNS:
            raise UntrustedFileError(path, f"its first line is not {','.join(COLUMNS)}")
        for row in rows:
            if not row:
                continue
            if len(row) != len(COLUMNS):
                raise UntrustedFileError(f"{path}:{rows.line_num}", f"{len(row)} cells instead of {len(COLUMNS)}")
            yield rows.line_num, _event(_typed(row, path, rows.line_num), path, rows.line_num)
    except csv.Error as error:
        raise UntrustedFileError(f"{path}:{rows.line_num}", str(error)) from error


def _typed(row: list[str], path: object, number: int) -> dict[str, Any]:
    """Return the cells that the row's kind has, with numbers as numbers."""
    cells = dict(zip(COLUMNS, row, strict=True))
    kind = KINDS.get(cells["type"])
    record: dict[str, Any] = {"type": cells["type"]}
    for name in kind._fields if kind else ():
        text = cells.pop(name)
        try:
            record[name] = _value(name, text)
        except ValueError:
            raise UntrustedFileError(f"{path}:{number}", f"{name} is {text[:60]!r}") from None
    strange = [name for name, text in cells.items() if name != "type" and text]
    if kind and strange:
        raise UntrustedFileError(f"{path}:{number}", f"a {record['type']} has no {strange[0]}")
    return record


def _value(name: str, text: str) -> Any:
    if name in NULLABLE and not text:
        return None
    if name in _WHOLE:
        if not text.removeprefix("-").isdecimal() or not text.isascii() or len(text) > len(str(2**63)):
            raise ValueError(text)
        return int(text)
    return float(text) if name == "retention" else text


def _record(line: str, path: object, number: int) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UntrustedFileError(f"{path}:{number}", f"it is no JSON ({error})") from None
    if not isinstance(record, dict):
        raise UntrustedFileError(f"{path}:{number}", "it is no JSON object")
    return record


def _event(record: dict[str, Any], path: object, number: int) -> Event:
    """Build an event from exactly the fields of its kind; their values are checked by the caller."""
    name = record.pop("type", None)
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise UntrustedFileError(f"{path}:{number}", f"type {str(name)[:60]!r} is neither review nor action")
    wrong = set(record) ^ set(kind._fields)
    if wrong:
        verb = "has no" if min(wrong) in kind._fields else "has an unknown"
        raise UntrustedFileError(f"{path}:{number}", f"this {name} {verb} {min(wrong)[:60]!r}")
    if kind is Review and type(record["retention"]) is int:
        record["retention"] = float(record["retention"])  # 1 and 1.0 are one number to JSON
    return kind(**record)


def _cells(event: Event) -> tuple[Any, ...]:
    record = {"type": _kind(event), **event._asdict()}
    values = (record.get(name) for name in COLUMNS)
    return tuple("" if value is None else repr(value) if isinstance(value, float) else value for value in values)


def _kind(event: Event) -> str:
    return "review" if isinstance(event, Review) else "action"


def _ordered(events: Iterable[Event]) -> list[Event]:
    return sorted(events, key=lambda event: (event.ordered_at, event.id))
