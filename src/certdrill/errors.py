"""Refusals: one class per case, each composing its own sentence; `certdrill.cli.main` catches them all."""

from __future__ import annotations

from collections.abc import Sequence

from certdrill.model import Place, Problem


class CertdrillError(Exception):
    """A refusal with a sentence for the person at the keyboard (exit code 1)."""


class NoCorpusError(CertdrillError):
    """A folder that should hold a corpus does not."""

    def __init__(self, folder: object) -> None:
        super().__init__(
            f"{folder} holds no exam.yaml; `certdrill init {folder}` makes a small corpus there, "
            "or name another folder with --cards"
        )


class UnreadableFileError(CertdrillError):
    """A file of the corpus is there and cannot be read."""

    def __init__(self, path: object, reason: str) -> None:
        super().__init__(f"{path} cannot be read: {reason}")


class BrokenExamError(CertdrillError):
    """The blueprint itself cannot be read, so nothing can be weighed or filtered."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        own = [problem for problem in problems if problem.place.file.endswith("exam.yaml")]
        super().__init__("\n".join(["the blueprint cannot be used:", *map(str, own)]))


class UnknownNameError(CertdrillError):
    """A filter names something the corpus does not have."""

    def __init__(self, what: str, name: str, known: Sequence[str], matches: Sequence[str] = ()) -> None:
        if matches:
            hint = f"it could be any of {', '.join(matches)}"
        else:
            near = _near(name, known) or list(known)[:8]
            hint = f"nearest: {', '.join(near)}" if near else "the corpus has none"
        super().__init__(f"no {what} {name!r}; {hint}")


class UnknownCardError(CertdrillError):
    """A card id that the corpus does not have."""

    def __init__(self, card: str, known: Sequence[str]) -> None:
        near = _near(card, known)
        hint = f"nearest: {', '.join(near)}" if near else "`certdrill cards` lists them all"
        super().__init__(f"no card {card!r}; {hint}")


class HiddenItemError(CertdrillError):
    """A mock item was asked for by id; showing it would spoil its form."""

    def __init__(self, card: str, form: str) -> None:
        super().__init__(f"{card} belongs to mock form {form} and is not shown before the form has been sat")


class UnsoundCorpusError(CertdrillError):
    """An export was asked for although the corpus has errors."""

    def __init__(self, problems: Sequence[object]) -> None:
        lines = [str(problem) for problem in problems[:5]]
        if len(problems) > 5:
            lines.append(f"... and {len(problems) - 5} more")
        lines.append("nothing was exported; `certdrill check` shows every problem")
        super().__init__("\n".join(lines))


class LockNotWritableError(CertdrillError):
    """Cards are new or changed, and the folder that keeps their identity cannot be written."""

    def __init__(self, path: object, cards: Sequence[str]) -> None:
        named = ", ".join(cards[:3]) + (" ..." if len(cards) > 3 else "")
        super().__init__(
            f"{len(cards)} cards ({named}) are new or changed, but {path} cannot be written; "
            "copy the corpus to a folder of your own and name it with --cards"
        )


class FolderInUseError(CertdrillError):
    """`init` was pointed at a folder that already holds something."""

    def __init__(self, folder: object) -> None:
        super().__init__(f"{folder} is in use; `certdrill init` only fills a new or empty folder")


class NothingSelectedError(CertdrillError):
    """Filters leave no card."""

    def __init__(self) -> None:
        super().__init__("no card matches all these filters; `certdrill cards` with fewer of them shows what there is")


class TimeWentBackError(CertdrillError):
    """A review was dated before the one it follows."""

    def __init__(self, day: int, last_day: int) -> None:
        super().__init__(
            f"a review on study day {day} cannot follow one on day {last_day}; is the clock of this machine right?"
        )


class BadRetentionError(CertdrillError):
    """A desired retention outside the range FSRS schedules sensibly for."""

    def __init__(self, value: float) -> None:
        super().__init__(f"desired retention {value} is outside .70 to .99; .90 is a good start")


class NewerHistoryError(CertdrillError):
    """The history was written by a later certdrill."""

    def __init__(self, path: object, found: int, known: int) -> None:
        super().__init__(
            f"{path} was written by a newer certdrill (schema {found}, this one knows {known}); "
            "update certdrill, or name another file with --history"
        )


class NotAHistoryError(CertdrillError):
    """A file that is not a history was named as one."""

    def __init__(self, path: object, reason: str) -> None:
        super().__init__(f"{path} is not a certdrill history ({reason}); it was left as it is")


class HistoryUnavailableError(CertdrillError):
    """The history cannot be opened or written just now."""

    def __init__(self, path: object, reason: str) -> None:
        super().__init__(f"the history {path} cannot be used: {reason}; nothing rated so far is lost")


class ChangedElsewhereError(CertdrillError):
    """Another terminal rated the unit since it was shown here."""

    def __init__(self, unit: object) -> None:
        super().__init__(f"{unit} was changed in another terminal since it was shown; this rating was not taken")


class NothingToUndoError(CertdrillError):
    """There is no event left to take back."""

    def __init__(self) -> None:
        super().__init__("nothing to undo")


class NowNeedsHistoryError(CertdrillError):
    """A made-up time would be written into the person's real history."""

    def __init__(self) -> None:
        super().__init__("--now with a command that writes needs --history FILE, so that the real history stays true")


class NowNeedsCardsError(CertdrillError):
    """A made-up time would be written into a lock that was not named."""

    def __init__(self) -> None:
        super().__init__(
            "--now with a command that writes into a corpus needs --cards DIR, so that no real lock gets a made-up time"
        )


class BadTimeError(CertdrillError):
    """`--now` is not a time."""

    def __init__(self, text: str) -> None:
        super().__init__(f"--now {text!r} is not an ISO time such as 2026-11-22T09:00 or 2026-11-22T09:00+01:00")


class ExportTargetError(CertdrillError):
    """The deck cannot be written where it was asked for."""

    def __init__(self, path: object, reason: str) -> None:
        super().__init__(f"the deck cannot be written to {path}: {reason}")


class InstalledCardsError(CertdrillError):
    """Cards of the installed package were to be changed; the next update would undo it."""

    def __init__(self, folder: object) -> None:
        super().__init__(
            f"the built-in cards in {folder} belong to the installed certdrill and are not changed; "
            "copy them to a folder of your own and name it with --cards"
        )


class UneditableFileError(CertdrillError):
    """A file is written in a way that the tool cannot change without touching the rest of it."""

    def __init__(self, place: Place, message: str, remedy: str) -> None:
        self.place, self.message, self.remedy = place, message, remedy
        super().__init__(f"{place}: {message}; {remedy}. Nothing was changed")


class CardsNotWritableError(CertdrillError):
    """A file of the corpus cannot be written."""

    def __init__(self, path: object, reason: str) -> None:
        super().__init__(f"{path} cannot be written: {reason}; nothing was changed")


class NoEditorError(CertdrillError):
    """A card is to be edited and no editor is named."""

    def __init__(self, place: str) -> None:
        super().__init__(f"no editor is named; set VISUAL or EDITOR. The card is at {place}")


class EditorFailedError(CertdrillError):
    """The editor could not be run, or said that it failed."""

    def __init__(self, command: str, reason: str) -> None:
        super().__init__(f"the editor {command!r} failed: {reason}; VISUAL, else EDITOR, names it")


class DomainNeededError(CertdrillError):
    """A new card could belong to any of several domains."""

    def __init__(self, domains: Sequence[str]) -> None:
        super().__init__(f"name the domain of the new card with --domain, or --objective: {', '.join(domains)}")


class OtherDomainError(CertdrillError):
    """An objective, or a file, belongs to another domain than the one that was named."""

    def __init__(self, what: str, found: str, named: str) -> None:
        super().__init__(f"{what} belongs to the domain {found!r}, not to {named!r}; leave out one of the two")


class FileNeededError(CertdrillError):
    """Several files hold cards of a domain, so that a new card could go into any of them."""

    def __init__(self, domain: str, files: Sequence[str]) -> None:
        super().__init__(f"several files hold cards of {domain}; name one with --file: {', '.join(files)}")


class NotACardFileError(CertdrillError):
    """`--file` names something no card can be put into."""

    def __init__(self, name: str, folder: str) -> None:
        super().__init__(f"{name} cannot hold cards of {folder}; name a .yaml file of cards inside that folder")


class IdTakenError(CertdrillError):
    """A new card was to have an id that is in use, or was retired."""

    def __init__(self, card: str, how: str) -> None:
        super().__init__(f"the id {card!r} is taken: {how}; an id names one fact for good")


class BadIdError(CertdrillError):
    """A text that cannot be an id."""

    def __init__(self, card: str) -> None:
        super().__init__(
            f"{card!r} cannot be an id; write 2 to 8 words in small letters with hyphens, at most 48 characters"
        )


class UnsoundDraftError(CertdrillError):
    """A new card still has errors and nobody is there to mend them."""

    def __init__(self, number: int) -> None:
        super().__init__(f"the card has {number} error{'s' * (number > 1)}; nothing was added")


class UnreadCorpusError(CertdrillError):
    """Part of the corpus could not be read, so that nobody knows what else names a card."""

    def __init__(self, problems: Sequence[object]) -> None:
        lines = [*map(str, problems[:5]), "mend this first: until every card can be read, nothing was changed"]
        super().__init__("\n".join(lines))


class StillNamedError(CertdrillError):
    """A card that others name was to be retired."""

    def __init__(self, card: str, places: Sequence[object]) -> None:
        lines = [f"other cards name {card} under contrast or requires:", *(f"  {place}" for place in places)]
        super().__init__("\n".join([*lines, "take it out there, or name another card; then retire it"]))


class BadReasonError(CertdrillError):
    """The reason of a retirement cannot be kept."""

    def __init__(self) -> None:
        super().__init__("--why needs 1 to 500 characters that can be shown")


class RetiredCardError(CertdrillError):
    """A card that was retired was to be edited or retired again."""

    def __init__(self, card: str, date: str, reason: str) -> None:
        super().__init__(f"{card} was retired on {date}: {reason}; it stands in retired.yaml")


class RepeatedCardError(CertdrillError):
    """Two cards have the id that one of them was named by."""

    def __init__(self, card: str, places: Sequence[object]) -> None:
        super().__init__(f"{card} stands at {' and '.join(map(str, places))}; give one of them an id of its own first")


def _near(name: str, known: Sequence[str]) -> list[str]:
    from difflib import get_close_matches

    return get_close_matches(name, known, n=3, cutoff=0.4)


class BadConfigError(CertdrillError):
    """The file of settings says something no command understands."""

    def __init__(self, path: object, reason: str, line: int = 0) -> None:
        super().__init__(f"{path}{f':{line}' if line else ''}: {reason}; nothing was done")


class UnreadableAnkiFileError(CertdrillError):
    """An Anki file cannot be opened, or not be copied to be read."""

    def __init__(self, path: object, reason: str) -> None:
        super().__init__(f"{path} cannot be read: {reason}; nothing was imported")


class NotAnAnkiFileError(CertdrillError):
    """A file that Anki did not make was named for import."""

    def __init__(self, path: object) -> None:
        super().__init__(
            f"{path} is no Anki file; name an .apkg or .colpkg that Anki exported, or a collection.anki2. "
            "Nothing was imported"
        )


class DamagedAnkiFileError(CertdrillError):
    """An Anki file is cut short or spoilt."""

    def __init__(self, path: object, reason: str) -> None:
        super().__init__(
            f"{path} is damaged ({reason}); export it from Anki again, after Tools, Check Database there. "
            "Nothing was imported"
        )


class SuspiciousAnkiFileError(CertdrillError):
    """An Anki file holds what Anki never writes and what could do harm."""

    def __init__(self, path: object, reason: str) -> None:
        super().__init__(f"{path} was not made by Anki alone: {reason}; nothing was imported")


class UnknownAnkiSchemaError(CertdrillError):
    """A collection lacks a table or column that every Anki so far has had."""

    def __init__(self, path: object, missing: str) -> None:
        super().__init__(
            f"{path} has no {missing}, as no Anki known to this certdrill writes it; export from Anki with "
            '"Support older Anki versions" ticked, or update certdrill. Nothing was imported'
        )


class LiveCollectionError(CertdrillError):
    """A collection is in use, so that its file alone is not all of it."""

    def __init__(self, path: object, reason: str) -> None:
        super().__init__(
            f"{path} is in use: {reason}; close Anki first (after a crash, open and close it once), "
            "or export from it and import that file. Nothing was imported"
        )


class NoNotesOfOursError(CertdrillError):
    """An Anki file holds no note of the exam."""

    def __init__(self, path: object, exam: str, others: int) -> None:
        super().__init__(
            f"{path} holds no note of {exam} ({others} other note{'s' * (others != 1)}); "
            "`certdrill --version` says which cards are in use, --cards names others. Nothing was imported"
        )


class NoAnkiReviewsError(CertdrillError):
    """An Anki file holds notes of the exam and no review of any."""

    def __init__(self, path: object, notes: int) -> None:
        super().__init__(
            f"{path} holds {notes} note{'s' * (notes != 1)} of this exam and no review of them; "
            'tick "Include scheduling information" when you export from Anki, if you have studied there. '
            "Nothing was imported"
        )


class BackupFailedError(CertdrillError):
    """A copy of the history could not be written."""

    def __init__(self, path: object, reason: str) -> None:
        super().__init__(f"no backup was made as {path}: {_shown(reason)}")


class BackupTargetError(CertdrillError):
    """A backup was to be written over something."""

    def __init__(self, path: object) -> None:
        super().__init__(f"{path} is there already and was left as it is; name a file that is not there yet")


class DamagedHistoryError(CertdrillError):
    """The history file is damaged; names how to look and how to get back what was rated."""

    def __init__(self, path: object, reason: str, backup: str | None, program: str = "certdrill") -> None:
        self.reason, self.backup = reason, backup
        if backup:
            mend = f"`{program} history restore {_quoted(backup)}` brings back its newest good backup"
        else:
            mend = (
                "there is no good backup of it; "
                f"`{program} history restore FILE` takes a copy of yours, from this or another machine"
            )
        super().__init__(
            f"the history {path} is damaged ({_shown(reason)}); "
            f"`{program} history verify` says what is wrong, and {mend}"
        )


class ReplacedHistoryError(CertdrillError):
    """The history file was moved, deleted or replaced while it was open."""

    def __init__(self, path: object) -> None:
        super().__init__(
            f"the history {path} was moved, deleted or replaced meanwhile; what was rated before that is in the old "
            "file, this last step was not taken. Start again"
        )


class UntrustedFileError(CertdrillError):
    """A file that was to be restored, merged or imported is not what certdrill writes."""

    def __init__(self, path: object, reason: str) -> None:
        super().__init__(f"{path} cannot be taken in: {_shown(reason)}; nothing was changed")


class ConflictingEventError(CertdrillError):
    """Two files tell one event differently, which only damage or a foreign hand can bring about."""

    def __init__(self, event: str, card: str) -> None:
        super().__init__(
            f"event {event} of {card} is not the same in both files, so one of them was damaged or changed; "
            "`certdrill history verify` says which may be meant. Nothing was changed"
        )


class HistoryTargetError(CertdrillError):
    """An export of the history cannot be written."""

    def __init__(self, path: object, reason: str) -> None:
        super().__init__(f"the history cannot be written to {path}: {reason}")


class NoHistoryYetError(CertdrillError):
    """There is no history to copy."""

    def __init__(self, path: object) -> None:
        super().__init__(f"{path} is not there yet; `certdrill review` begins it")


def _quoted(path: str) -> str:
    from shlex import quote

    return quote(path)


class QueryError(CertdrillError):
    """A query cannot be read, or names what the corpus does not have; `at` is the place in it, from 0."""

    def __init__(self, message: str, query: str, at: int) -> None:
        self.message, self.at = message, at
        begun = max(0, at - 80)
        line, before = _shown(query[begun : begun + 120]), _shown(query[begun:at])
        super().__init__(f"{_shown(message)}\n    {line}\n    {' ' * _cells(before)}^")


def _shown(text: str) -> str:
    """Return a text that was typed, on one line, with nothing in it that a terminal might act on."""
    return "".join(
        sign if sign.isprintable() else " " if sign.isspace() else "\N{REPLACEMENT CHARACTER}" for sign in text
    )


def _cells(text: str) -> int:
    """Return about how many columns a text takes in a terminal."""
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(sign) else 2 if east_asian_width(sign) in "WF" else 1 for sign in text)
