"""The six note types: fixed ids, frozen fields, and templates read from the files beside this module."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import NamedTuple

from certdrill.anki.identity import fixed_id
from certdrill.anki.notes import field_names

# Seconds at which a note type last changed. Anki takes new templates and styling only with a newer number.
CHANGED = {
    "basic": 1_795_400_000,
    "reversed": 1_795_400_000,
    "cloze": 1_795_400_000,
    "typed": 1_795_400_000,
    "choice": 1_795_400_000,
    "order": 1_795_400_000,
}
_SIDES = {"reversed": ("Front to back", "Back to front")}


class Field(NamedTuple):
    """A field of a note type; the id lets Anki follow it through a change of name."""

    name: str
    id: int


class Template(NamedTuple):
    """The two sides of one Anki card."""

    name: str
    id: int
    front: str
    back: str


class NoteType(NamedTuple):
    """A note type; `changed` is in seconds UTC."""

    kind: str
    name: str
    id: int
    changed: int
    fields: tuple[Field, ...]
    templates: tuple[Template, ...]
    css: str

    @property
    def is_cloze(self) -> bool:
        """Tell whether Anki makes one card for each deletion."""
        return self.kind == "cloze"


@cache
def note_type(kind: str) -> NoteType:
    """Return the note type of a kind of card."""
    fields = tuple(Field(name, fixed_id("field", kind, name)) for name in field_names(kind))
    names = _SIDES.get(kind, ("Card",))
    templates = tuple(_template(kind, number, name) for number, name in enumerate(names, 1))
    id_ = fixed_id("note type", kind)
    return NoteType(kind, f"certdrill {kind}", id_, CHANGED[kind], fields, templates, _file("style.css"))


def _template(kind: str, number: int, name: str) -> Template:
    stem = f"{kind}-{number}" if kind in _SIDES else kind
    id_ = fixed_id("template", kind, str(number))
    return Template(name, id_, _side(f"{stem}.front.html"), _side(f"{stem}.back.html"))


def _side(name: str) -> str:
    """Return a side of a template with the files it names put in their places."""
    html = _file(name).replace("<!-- footer.html -->\n", _file("footer.html"))
    for script in ("choice.js", "order.js", "pick.js"):  # the last is part of the others
        html = html.replace(f"/* {script} */\n", _file(script))
    return html.rstrip("\n")


def _file(name: str) -> str:
    return files(__package__).joinpath("notetypes", name).read_text(encoding="utf-8")
