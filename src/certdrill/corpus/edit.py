"""Put an item into a list of a YAML file, or take one out, and leave every other byte as it is.

Nodes say where items begin; only white space and comments between them are looked at as text. What comes out is read
again, and nothing is returned that does not hold exactly the items it should.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from certdrill.corpus.files import LOCK
from certdrill.corpus.read import LOSSY, SPECIAL
from certdrill.corpus.yaml_events import Items, Keys, Node, Text, lines_of, read_text
from certdrill.errors import UneditableFileError
from certdrill.model import Place

INDENT = 2  # of the first item of a list
_EMPTY_LIST = re.compile(r"\[ *\](?= *(?:$| #))")
_DOCUMENT_MARK = re.compile(r"(?:---|\.\.\.)(?: |$)")


class Span(NamedTuple):
    """The lines of one item, counted from 0; `end` is the line after its last."""

    start: int
    end: int


class _Listing(NamedTuple):
    """A file taken apart: its lines as bytes and as text, its plain values, and the node under one key."""

    file: str
    key: str
    raw: list[bytes]
    lines: list[str]
    root: Keys
    values: dict[str, Any]
    node: Node | None


def append(raw: bytes, file: str, key: str, item: Sequence[str]) -> bytes:
    """Return the file with `item` (lines, its dash in the first column) at the end of the list under `key`.

    It takes the indentation of the list, the line ends of the file, and a blank line above where the last two items
    have one between them (or there is only one). A list that is empty or not there is begun. Raises
    UneditableFileError where the list is written in brackets, or the file cannot be read whole.
    """
    mark, body = _without_mark(raw)
    whole = _listing(body, file, key)
    added = _plain_item(item)
    if isinstance(whole.node, Items) and whole.node.values:
        column, spans = _spans(whole)
        has_blank = len(spans) == 1 or not whole.lines[spans[-1].start - 1].strip()
        wanted = {**whole.values, key: [*whole.values[key], added]}
        # the first is right but where the blank lines after the last item are part of its text
        ways = ((spans[-1].end, has_blank), (_stop(whole), has_blank), (_stop(whole), False))
        tried = (
            _joined(whole.raw[:at], _encoded([*[""] * blank, *item], column, whole.raw), whole.raw[at:])
            for at, blank in ways
        )
        return mark + _first_true(tried, file, wanted)
    before, after = _begun(whole)
    begun = _joined(before, _encoded(item, INDENT, whole.raw), after)
    return mark + _first_true([begun], file, {**whole.values, key: [added]})


def remove(raw: bytes, file: str, key: str, item_id: str) -> bytes | None:
    """Return the file without the item that has this `id` in the list under `key`; None when it is the only one.

    With it go the comments indented deeper than its dash, and the blank lines below it where others stand above.
    Raises UneditableFileError as `append` does, and when no item has the id.
    """
    mark, body = _without_mark(raw)
    whole = _listing(body, file, key)
    _, spans = _spans(whole)
    at = next((number for number, node in enumerate(_nodes(whole.root, key)) if id_of(node) == item_id), None)
    if at is None:
        raise UneditableFileError(Place(file), f"no item under {key} has the id {item_id!r}", "check the file")
    if len(spans) == 1:
        return None
    values = whole.values[key]
    wanted = {**whole.values, key: [*values[:at], *values[at + 1 :]]}
    tidy = _with_blanks(whole, spans[at], always=spans[at].start == whole.root.key_places[key].line)
    cuts = (tidy, spans[at], _with_blanks(whole, spans[at], always=True))  # blank lines may be text of the item above
    rests = (b"".join([*whole.raw[: cut.start], *whole.raw[cut.end :]]) for cut in cuts)
    return mark + _first_true(rests, file, wanted)


def find(raw: bytes, file: str, key: str, item_id: str) -> Place | None:
    """Return where the item with this id begins (its dash), or None where no item of a readable file has it."""
    _, body = _without_mark(raw)
    try:
        whole = _listing(body, file, key)
        column, spans = _spans(whole)
    except UneditableFileError:
        return None
    found = (span for span, node in zip(spans, _nodes(whole.root, key), strict=True) if id_of(node) == item_id)
    return next((Place(file, span.start + 1, column + 1) for span in found), None)


def only_item(raw: bytes, file: str, key: str, left_out: Iterable[str], marker: str) -> list[str]:
    """Return the lines under `key`, where one item stands, moved so that its dash is in the first column.

    Comments below the key come along; lines that are `left_out` or begin with `marker` (indentation aside) do not,
    unless the item would say something else without them.
    """
    _, body = _without_mark(raw)
    whole = _listing(body, file, key)
    column, _ = _spans(whole)
    lines = whole.lines[whole.root.key_places[key].line : _stop(whole)]
    dropped = set(left_out)
    kept = [line for line in lines if line.strip() not in dropped and not line.lstrip().startswith(marker)]
    bare = [line if line.strip() else "" for line in kept]
    for some in (_trimmed(bare), _trimmed(kept), lines):
        item = [line[min(column, _indent(line)) :] for line in some]
        if _plain_items(item) == whole.values[key]:
            return item
    raise _unlike(file)


def id_of(node: Node) -> str:
    """Return the id that stands in an item, or an empty text."""
    found = node.values.get("id") if isinstance(node, Keys) else None
    return found.value if isinstance(found, Text) else ""


def card_files(files: Mapping[str, bytes]) -> list[str]:
    """Return the names of the files that hold cards."""
    return [name for name in files if name not in (*SPECIAL, LOCK)]


def domain_of(raw: bytes, file: str) -> str:
    """Return the domain in the header of a card file, or an empty text."""
    root, _ = read_text(raw, file)
    domain = root.values.get("domain") if isinstance(root, Keys) else None
    return domain.value if isinstance(domain, Text) else ""


def references(files: Mapping[str, bytes], card_id: str) -> list[Place]:
    """Return every place where another card names this one under `contrast` or `requires`, readable cards or not."""
    return [place for name in card_files(files) for place in _references(files[name], name, card_id)]


def _references(raw: bytes, file: str, card_id: str) -> Iterator[Place]:
    root, _ = read_text(raw, file)
    for node in _nodes(root, "cards"):
        if id_of(node) == card_id:
            continue
        for key in ("contrast", "requires"):
            yield from (one.place for one in _nodes(node, key) if isinstance(one, Text) and one.value == card_id)


def _nodes(node: Node | None, key: str) -> list[Node]:
    """Return the items of the list under `key`; none where there is no such list."""
    listed = node.values.get(key) if isinstance(node, Keys) else None
    return listed.values if isinstance(listed, Items) else []


def _without_mark(raw: bytes) -> tuple[bytes, bytes]:
    """Split off the byte order mark, which is no part of the first line."""
    mark = codecs.BOM_UTF8 if raw.startswith(codecs.BOM_UTF8) else b""
    return mark, raw[len(mark) :]


def _listing(raw: bytes, file: str, key: str) -> _Listing:
    root, problems = read_text(raw, file)
    for problem in problems:
        if problem.rule in LOSSY:
            raise UneditableFileError(problem.place, problem.message, problem.remedy)
    root = Keys({}, Place(file)) if root is None else root
    if not isinstance(root, Keys):
        raise UneditableFileError(root.place, "the file is no mapping", f"begin it with keys such as `{key}:`")
    lines = io.BytesIO(raw).readlines()  # which splits at line feeds only, as places count
    return _Listing(file, key, lines, lines_of(raw), root, _plain(root), root.values.get(key))


def _spans(whole: _Listing) -> tuple[int, list[Span]]:
    """Return the column of the dashes, counted from 0, and the lines of every item."""
    node = whole.node
    if not isinstance(node, Items) or not node.values:
        raise UneditableFileError(Place(whole.file), f"no list stands under {whole.key}", "check the file")
    column = node.place.column - 1
    starts: list[int] = []
    for item in node.values:
        at = item.place.line - 1  # the dash may stand alone on a line above
        while at >= node.place.line - 1 and not _is_dash(whole.lines[at], column):
            at -= 1
        if at <= (starts[-1] if starts else node.place.line - 2):
            message = f"the list under {whole.key} is not written with one `- ` an item"
            raise UneditableFileError(node.place, message, "write each item on lines of its own, or edit it by hand")
        starts.append(at)
    ends = [*starts[1:], _stop(whole)]
    return column, [Span(start, _end(whole.lines, start, end, column)) for start, end in zip(starts, ends, strict=True)]


def _is_dash(line: str, column: int) -> bool:
    return not line[:column].strip() and line[column : column + 2] in ("-", "- ")


def _end(lines: list[str], start: int, end: int, column: int) -> int:
    """Leave the blank lines, and comments no deeper than the dash, to what follows."""
    while end > start + 1:
        line = lines[end - 1]
        if line.strip() and not (line.lstrip().startswith("#") and _indent(line) <= column):
            break
        end -= 1
    return end


def _stop(whole: _Listing) -> int:
    """Return the line after the whole list: that of the next key, of a document mark, or the end of the file."""
    first = whole.root.key_places[whole.key].line
    later = [place.line - 1 for place in whole.root.key_places.values() if place.line > first]
    end = min([*later, len(whole.raw)])
    return next((number for number in range(first, end) if _DOCUMENT_MARK.match(whole.lines[number])), end)


def _with_blanks(whole: _Listing, span: Span, *, always: bool) -> Span:
    """Widen a span by the blank lines below it `always`, else by those that would stand doubled or end the file."""
    start, end = span
    while end < len(whole.raw) and not whole.lines[end].strip():
        end += 1
    if always:
        return Span(start, end)
    while not whole.lines[start - 1].strip():
        start -= 1
    if end == len(whole.raw):
        return Span(start, end)
    return Span(span.start, end) if start < span.start else span


def _begun(whole: _Listing) -> tuple[list[bytes], list[bytes]]:
    """Return what stands before and after the first item of a list that has none yet."""
    node = whole.node
    if node is None:
        return [*_ended(whole.raw), *_encoded([f"{whole.key}:"], 0, whole.raw)], []
    at = node.place.line - 1
    line = whole.lines[at]
    empty = _EMPTY_LIST.match(line, node.place.column - 1) if isinstance(node, Items) else None
    if empty:
        line = line[: empty.start()].rstrip() + line[empty.end() :].rstrip()
    elif not isinstance(node, Text) or node.value:
        message = f"{whole.key} is not a list that can be added to"
        raise UneditableFileError(node.place, message, "write one `- ` an item, on lines of its own")
    return [*whole.raw[:at], *_encoded([line], 0, whole.raw)], whole.raw[at + 1 :]


def _first_true(candidates: Iterable[bytes], file: str, wanted: dict[str, Any]) -> bytes:
    """Return the first text that reads as what is wanted."""
    for raw in candidates:
        root, problems = read_text(raw, file)
        if not any(problem.rule in LOSSY for problem in problems) and root is not None and _plain(root) == wanted:
            return raw
    raise _unlike(file)


def _unlike(file: str) -> UneditableFileError:
    message = "the file is laid out in a way that cannot be changed safely"
    return UneditableFileError(Place(file), message, "edit it by hand")


def _plain(node: Node) -> Any:
    """Return what a node says, wherever it stands."""
    if isinstance(node, Keys):
        return {key: _plain(value) for key, value in node.values.items()}
    if isinstance(node, Items):
        return [_plain(value) for value in node.values]
    return node.value, node.plain, node.cut is not None


def _plain_items(lines: Sequence[str]) -> Any:
    node, _ = read_text("".join(f"{line}\n" for line in lines).encode(), "")
    return _plain(node) if isinstance(node, Items) else None


def _plain_item(lines: Sequence[str]) -> Any:
    items = _plain_items(lines)
    if not items or len(items) != 1:
        raise ValueError("not the lines of one item")
    return items[0]


def _joined(before: list[bytes], new: list[bytes], after: list[bytes]) -> bytes:
    return b"".join([*_ended(before), *new, *after])


def _ended(lines: list[bytes]) -> list[bytes]:
    """Give the last line its end."""
    if not lines or lines[-1].endswith(b"\n"):
        return lines
    return [*lines[:-1], lines[-1] + _line_end(lines)]


def _encoded(lines: Sequence[str], column: int, like: list[bytes]) -> list[bytes]:
    """Indent lines and end them as the file does."""
    end = _line_end(like)
    return [(" " * column + line if line else "").encode() + end for line in lines]


def _line_end(lines: list[bytes]) -> bytes:
    last = next((line for line in reversed(lines) if line.endswith(b"\n")), b"\n")
    return b"\r\n" if last.endswith(b"\r\n") else b"\n"


def _trimmed(lines: list[str]) -> list[str]:
    """Cut the blank lines off both ends."""
    filled = [number for number, line in enumerate(lines) if line.strip()]
    return lines[filled[0] : filled[-1] + 1] if filled else []


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
