"""`certdrill cards new`, `edit` and `retire`: writing cards without leaving the terminal."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import click

from certdrill.cli.context import Context, named_editor
from certdrill.cli.folders import user_folder
from certdrill.corpus.load import is_installed, located
from certdrill.errors import (
    BadIdError,
    BadReasonError,
    BrokenExamError,
    CardsNotWritableError,
    CertdrillError,
    DomainNeededError,
    FileNeededError,
    IdTakenError,
    InstalledCardsError,
    NoEditorError,
    NotACardFileError,
    OtherDomainError,
    RepeatedCardError,
    RetiredCardError,
    StillNamedError,
    UneditableFileError,
    UnknownCardError,
    UnreadableFileError,
    UnreadCorpusError,
    UnsoundDraftError,
)
from certdrill.markup import visible
from certdrill.model import ERROR, KINDS, Place, Problem

if TYPE_CHECKING:
    from certdrill.corpus.draft import Findings
    from certdrill.corpus.files import Files
    from certdrill.corpus.read import Library

RETIRED = "retired.yaml"
_RETIRED_HEAD = "# Ids taken out of use: id, date, reason and, where there is one, replaced_by. No id is used again.\n"


class Desk(NamedTuple):
    """The corpus that is worked on: its folder as it was named, its files as bytes, and all that was read of them."""

    folder: str
    files: Files
    library: Library

    def path(self, name: str) -> str:
        """Return the path of a file of the corpus."""
        return os.path.join(self.folder, name)

    def at(self, place: Place) -> Place:
        """Return a place with a path that can be opened."""
        return place._replace(file=self.path(place.file))

    def problems(self) -> list[Problem]:
        """Return every problem, with paths that can be opened."""
        return [located(problem, self.folder) for problem in self.library.problems]


@click.command()
@click.option("--kind", type=click.Choice(KINDS), help="What kind of card to write.")
@click.option("--objective", metavar="OBJECTIVE", help="The objective it is for.")
@click.option("--domain", metavar="DOMAIN", help="Its domain, where no objective says so: id, title or a beginning.")
@click.option("--id", "card_id", metavar="ID", help="Its id; it can also be written in the editor.")
@click.option("--file", "named", metavar="FILE", help="The file it goes into. Default: the only one of its domain.")
@click.option("--from", "source", metavar="DRAFT", help="Add the card written in this file, such as a kept draft.")
@click.option("--print", "only_print", is_flag=True, help="Print the template instead of opening an editor.")
@click.pass_obj
def new(
    context: Context,
    kind: str | None,
    objective: str | None,
    domain: str | None,
    card_id: str | None,
    named: str | None,
    source: str | None,
    only_print: bool,
) -> int:
    """Write a card in your editor and add it to its file.

    Opens a template in VISUAL or EDITOR; without one of them, or with the output sent elsewhere, prints it.
    The card is checked before it is added; one with errors is kept as a draft, and --from goes on with it.
    """
    from certdrill.corpus.draft import template

    if source:
        desk = _desk(context)
        _refuse_installed(desk)
        return _Writing(context, named, source).finish()
    if not kind:
        raise click.UsageError(f"Missing option '--kind'. Choose from: {', '.join(KINDS)}")
    desk = _desk(context)
    objective, domain = _wanted(context, desk, objective, domain, named)
    if card_id:
        _refuse_taken(desk, card_id)
    text = template(kind, desk.library.exam, domain, objective, card_id or "", context.date())
    if only_print or not named_editor() or (sys.stdin.isatty() and not sys.stdout.isatty()):
        click.echo(text, nl=False)
        if not only_print and sys.stdout.isatty():
            click.echo("Set VISUAL or EDITOR to write it there, or add a file with --from.", err=True)
        return 0
    _refuse_installed(desk)
    return _Writing(context, named).write(text, kind, domain)


@click.command()
@click.argument("card_id", metavar="ID")
@click.pass_obj
def edit(context: Context, card_id: str) -> int:
    """Open a card's file at the card's line, then check the file.

    Exits with 1 when the file has an error afterwards.
    """
    from certdrill.cli.editor import run, takes_a_line

    desk = _desk(context)
    place = _place_to_mend(desk, card_id)
    _refuse_installed(desk)
    path, line = desk.path(place.file), place.line
    if not named_editor():
        raise NoEditorError(f"{path}:{line}")
    if not takes_a_line(named_editor()):
        click.echo(f"{card_id} is at {path}:{line}")
    run(named_editor(), path, line)
    return _report_edit(desk, _desk(context), place.file)


@click.command()
@click.argument("card_id", metavar="ID")
@click.option("--why", metavar="TEXT", required=True, help="Why it is taken out of use.")
@click.option("--replaced-by", metavar="ID", help="The card that took its place.")
@click.pass_obj
def retire(context: Context, card_id: str, why: str, replaced_by: str | None) -> None:
    """Take a card out of use for good: its id moves to retired.yaml, its history stays.

    A file whose last card it was is removed. Refused while another card names it under contrast or requires.
    """
    from certdrill.corpus import edit as surgery
    from certdrill.corpus.save import save

    desk = _desk(context)
    place = _place(desk, card_id)
    _refuse_installed(desk)
    _refuse_unread(desk)
    if named := surgery.references(desk.files, card_id):
        raise StillNamedError(card_id, [desk.at(one) for one in named])
    if replaced_by and (replaced_by == card_id or replaced_by not in {card for card, _ in desk.library.ids}):
        raise UnknownCardError(replaced_by, [card for card, _ in desk.library.ids if card != card_id])
    raw = desk.files.get(RETIRED, _RETIRED_HEAD.encode())
    context.lock_time()  # a made-up time is only for cards that were named
    entry = _entry(card_id, context.date(), why, replaced_by)
    with _opened_from(desk):
        tombs = surgery.append(raw, RETIRED, "retired", entry)
        rest = surgery.remove(desk.files[place.file], place.file, "cards", card_id)
    save([(desk.path(RETIRED), tombs), (desk.path(place.file), rest)])  # in this order no id is ever unaccounted for
    click.echo(f"{card_id} is retired and stands in {desk.path(RETIRED)}; its history is kept.")
    if rest is None:
        click.echo(f"{desk.path(place.file)} held no other card and was removed.")


def retirement(folder: str, card_id: str) -> dict[str, str] | None:
    """Return the entry of an id in retired.yaml, if it has one."""
    from certdrill.corpus.files import list_files
    from certdrill.corpus.read import read_library

    return read_library(list_files(folder, whole=True)).retired.get(card_id)


class _Writing:
    """One card on its way from a draft into its file. What was typed stays on disk until it is there."""

    def __init__(self, context: Context, named: str | None, path: str = "") -> None:
        self.context, self.named, self.path = context, named, path
        self.chosen: dict[str, str] = {}  # domain -> the file the person chose for it

    def write(self, text: str, kind: str, domain: str) -> int:
        """Open the template and add what is written; the target is known before anything is typed."""
        from certdrill.corpus.draft import is_untouched

        self._target(_desk(self.context), domain)
        self.path = _new_draft(text, kind)
        with self._kept():
            try:
                self._open()
            finally:
                if nothing_said := is_untouched(_read(self.path), text):
                    os.unlink(self.path)
        if nothing_said:
            click.echo("Nothing was added: the template is as it was.")
            return 0
        return self.finish()

    def finish(self) -> int:
        """Check the draft, offer to mend it while it has errors, and add it."""
        with self._kept():
            while (found := self._examined()).errors:
                if not _is_manned():
                    raise UnsoundDraftError(found.errors)
                answer = click.prompt(
                    "e edits it again, k keeps the draft, g gives it up", type=click.Choice(tuple("ekg"))
                )
                if answer == "k":
                    raise UnsoundDraftError(found.errors)
                if answer == "g":
                    self._discard()
                    click.echo("Nothing was added.")
                    return 0
                self._open()
            self._add(found)
        self._discard()
        return 0

    def _open(self) -> None:
        from certdrill.cli.editor import run

        if not named_editor():
            raise NoEditorError(self.path)
        run(named_editor(), self.path)

    def _examined(self) -> Findings:
        from certdrill.corpus.draft import examine

        desk = _desk(self.context)
        found = examine(desk.files, _read(self.path), os.path.abspath(self.path))
        for problem in found.problems:
            click.echo(str(problem))
        return found

    def _add(self, found: Findings) -> None:
        from certdrill.corpus.save import alone

        desk = _desk(self.context)
        name = self._target(desk, found.domain)
        with alone(desk.folder):
            self._append(name, found)

    def _append(self, name: str, found: Findings) -> None:
        """Add the card to its file as that stands now: it may have been saved since the last question."""
        from certdrill.corpus import edit as surgery
        from certdrill.corpus.draft import GUIDE, header, optional_lines
        from certdrill.corpus.save import save

        desk = _desk(self.context)
        has_schema = os.path.isfile(desk.path("schema/cards.schema.json"))
        start = desk.files.get(name) or header(name, found.domain, desk.library.exam, has_schema=has_schema)
        item = surgery.only_item(_read(self.path), self.path, "cards", optional_lines(), GUIDE)
        with _opened_from(desk):
            raw = surgery.append(start, name, "cards", item)
        after = _checked(desk.folder, {**desk.files, name: raw})
        if not any(draft.card.id == found.card and draft.card.file == name for draft in after.library.sound()):
            raise UnreadCorpusError([one for one in after.problems() if one.place.file == desk.path(name)])
        save([(desk.path(name), raw)])
        place = surgery.find(raw, name, "cards", found.card) or Place(name)
        click.echo(f"{found.card} is added: {desk.path(name)}:{place.line}")

    def _target(self, desk: Desk, domain: str) -> str:
        """Return the file of the corpus the card goes into, which need not exist yet."""
        from certdrill.corpus import edit as surgery
        from certdrill.corpus.draft import new_file

        if self.named:
            name = _inside(desk, self.named)
            held = surgery.domain_of(desk.files[name], name) if name in desk.files else domain
            if held and held != domain:
                raise OtherDomainError(desk.path(name), held, domain)
            return name
        if domain in self.chosen:
            return self.chosen[domain]
        names = [name for name in surgery.card_files(desk.files) if surgery.domain_of(desk.files[name], name) == domain]
        if not names:
            return new_file(surgery.card_files(desk.files), domain)
        if len(names) > 1 and not _is_manned():
            raise FileNeededError(domain, [desk.path(name) for name in names])
        self.chosen[domain] = _asked(names) if len(names) > 1 else names[0]
        return self.chosen[domain]

    @contextmanager
    def _kept(self) -> Iterator[None]:
        """Say where the draft is when something ends the writing before the card is added."""
        try:
            yield
        except (CertdrillError, click.Abort, KeyboardInterrupt):
            if os.path.exists(self.path):
                again = f"certdrill cards new --from {self.path}"
                click.echo(f"The draft is kept in {self.path}; `{again}` adds it once it is right.", err=True)
            raise

    def _discard(self) -> None:
        """Delete a draft of our own making; a file the person named is theirs."""
        if os.path.dirname(os.path.abspath(self.path)) == _drafts():
            os.unlink(self.path)


def _desk(context: Context) -> Desk:
    """Read the corpus as it is now, broken cards included."""
    from certdrill.corpus.files import list_files

    folder, _ = context.folder()
    return _checked(folder, list_files(folder, whole=True))


def _checked(folder: str, files: Files) -> Desk:
    from certdrill.corpus.read import read_library
    from certdrill.corpus.rules import check

    try:
        library = read_library(files)
    except BrokenExamError as error:
        raise BrokenExamError([located(problem, folder) for problem in error.problems]) from None
    check(library)
    return Desk(folder, files, library)


def _wanted(
    context: Context, desk: Desk, objective: str | None, domain: str | None, named: str | None
) -> tuple[str, str]:
    """Return the objective ("" for none) and the domain of a new card; raise when they are unknown or do not fit."""
    from certdrill.corpus.edit import domain_of
    from certdrill.corpus.select import Filters, resolve

    given = Filters(domains=(domain,) if domain else (), objectives=(objective,) if objective else ())
    names = resolve(given, context.corpus())
    exam = desk.library.exam
    of_objective = next((one.domain for one in exam.objectives if one.id == objective), "")
    if of_objective and names.domains and names.domains[0] != of_objective:
        raise OtherDomainError(f"objective {objective}", of_objective, names.domains[0])
    found = of_objective or "".join(names.domains)
    if not found and named:
        name = _inside(desk, named)
        found = domain_of(desk.files.get(name, b""), name)
    if not found and len(exam.domains) == 1:
        found = exam.domains[0].id
    if not found:
        raise DomainNeededError(list(exam.titles()))
    return objective or "", found


def _inside(desk: Desk, named: str) -> str:
    """Return the name inside the corpus of a file named from here, or from its folder; it need not exist."""
    from certdrill.corpus.edit import card_files

    folder = os.path.abspath(desk.folder)
    from_here, from_folder = os.path.abspath(named), os.path.normpath(os.path.join(folder, named))
    inside = [path for path in (from_here, from_folder) if path.startswith(folder + os.sep)]
    path = next(iter([*filter(os.path.exists, inside), *inside]), "")
    name = os.path.relpath(path, folder).replace(os.sep, "/") if path else ""
    is_new = name not in desk.files
    fits = name.endswith((".yaml", ".yml")) and not any(part.startswith(".") for part in name.split("/"))
    if not fits or not card_files({name: b""}) or (is_new and name.startswith("mocks/")):
        raise NotACardFileError(named, desk.folder)
    return name


def _place(desk: Desk, card_id: str) -> Place:
    """Return where the one card with this id begins."""
    from certdrill.corpus.edit import find

    places = [place for card, place in desk.library.ids if card == card_id]
    if len(places) > 1:
        raise RepeatedCardError(card_id, [desk.at(place) for place in places])
    if not places:
        _refuse_retired(desk, card_id)
        raise UnknownCardError(card_id, [card for card, _ in desk.library.ids])
    file = places[0].file
    return find(desk.files[file], file, "cards", card_id) or places[0]


def _place_to_mend(desk: Desk, card_id: str) -> Place:
    """Return where a card begins, of several the first, and of one that cannot be read the line that names it."""
    from certdrill.corpus.edit import card_files
    from certdrill.corpus.yaml_events import lines_of

    try:
        return _place(desk, card_id)
    except RepeatedCardError:
        return next(place for card, place in desk.library.ids if card == card_id)
    except UnknownCardError:
        for name in card_files(desk.files):
            for number, line in enumerate(lines_of(desk.files[name]), 1):
                if line.strip().removeprefix("- ") in (f"id: {card_id}", f'id: "{card_id}"'):
                    return Place(name, number)
        raise


def _refuse_installed(desk: Desk) -> None:
    if is_installed(desk.folder):
        raise InstalledCardsError(desk.folder)


def _refuse_taken(desk: Desk, card_id: str) -> None:
    from certdrill.corpus.fields import SLUG
    from certdrill.corpus.shapes import BAD
    from certdrill.corpus.yaml_events import Text

    if SLUG.read(Text(card_id, Place("")), lambda _: None) is BAD:
        raise BadIdError(card_id)
    for card, place in desk.library.ids:
        if card == card_id:
            raise IdTakenError(card_id, f"it stands at {desk.at(place)}")
    if one := desk.library.retired.get(card_id):
        raise IdTakenError(card_id, f"it was retired on {one['date']}")


def _refuse_retired(desk: Desk, card_id: str) -> None:
    if one := desk.library.retired.get(card_id):
        raise RetiredCardError(card_id, one["date"], one["reason"])


def _refuse_unread(desk: Desk) -> None:
    """Refuse while something could not be read: it may name the card, or be the card."""
    from certdrill.corpus.read import LOSSY

    if not desk.library.is_whole:
        raise UnreadCorpusError([problem for problem in desk.problems() if problem.rule in LOSSY])


@contextmanager
def _opened_from(desk: Desk) -> Iterator[None]:
    """Give the place in a refusal a path that can be opened."""
    try:
        yield
    except UneditableFileError as error:
        raise UneditableFileError(desk.at(error.place), error.message, error.remedy) from None


def _entry(card_id: str, date: str, why: str, replaced_by: str | None) -> list[str]:
    """Return the lines of an entry of retired.yaml."""
    reason = " ".join(why.split())
    if not reason or len(reason) > 500 or visible(reason) != reason:
        raise BadReasonError
    is_plain = re.fullmatch(r"[A-Za-z][\w ,.;()/'-]*", reason)
    lines = [
        f"- id: {card_id}",
        f'  date: "{date}"',
        f"  reason: {reason if is_plain else json.dumps(reason, ensure_ascii=False)}",
    ]
    return [*lines, f"  replaced_by: {replaced_by}"] if replaced_by else lines


def _report_edit(before: Desk, after: Desk, file: str) -> int:
    """Print the problems of an edited file and those the edit made elsewhere; return the exit code."""
    old = {(problem.rule, problem.card, problem.message) for problem in before.problems()}
    path = after.path(file)
    shown = [
        problem
        for problem in after.problems()
        if problem.place.file == path or (problem.rule, problem.card, problem.message) not in old
    ]
    for problem in shown:
        click.echo(str(problem))
    errors = sum(problem.severity == ERROR for problem in shown)
    click.echo(f"{path}: {errors} errors, {len(shown) - errors} warnings")
    return 1 if errors else 0


def _is_manned() -> bool:
    """Tell whether somebody is there to be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _asked(names: list[str]) -> str:
    for number, name in enumerate(names, 1):
        click.echo(f"{number}  {name}")
    answer: int = click.prompt("Which file does the card go into", type=click.IntRange(1, len(names)))
    return names[answer - 1]


def _drafts() -> str:
    return os.path.join(os.path.abspath(user_folder("data")), "drafts")


def _new_draft(text: str, kind: str) -> str:
    """Write the template to a new file where it outlives this run."""
    number = 1
    while True:
        path = os.path.join(_drafts(), f"{kind}-{number}.yaml")
        try:
            os.makedirs(_drafts(), exist_ok=True)
            with open(path, "x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError:
            number += 1
        except OSError as error:
            raise CardsNotWritableError(path, error.strerror or str(error)) from None
        else:
            return path


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise UnreadableFileError(path, error.strerror or str(error)) from None
