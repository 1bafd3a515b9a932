"""`certdrill history`: back up, restore, verify, rebuild, export, import and merge the file of all reviews."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from certdrill.cli.context import Context
from certdrill.errors import BackupTargetError, HistoryTargetError, NoHistoryYetError, UntrustedFileError

if TYPE_CHECKING:
    from certdrill.history.replay import Event

EVERY_EXAM = ""  # the file is opened for itself; no exam has this id
_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def history() -> None:
    """Back up, restore, verify, merge, export and import your history.

    Everything here is about the whole file: the reviews of all exams in it.
    """


@history.command(short_help="Make a verified copy, or list the copies there are.")
@click.argument("file", required=False, type=click.Path())
@click.option("--list", "as_list", is_flag=True, help="List the backups there are, and make none.")
@_json_option
@click.pass_obj
def backup(context: Context, file: str | None, *, as_list: bool, as_json: bool) -> None:
    """Copy your history, verified, into FILE or into the folder `backups` beside it.

    A drill does this by itself once a day. The last 7 days, 4 weeks and 12 months stay.
    """
    if as_list:
        _list_backups(context, as_json=as_json)
        return
    if not os.path.exists(context.history_path):
        raise NoHistoryYetError(context.history_path)
    target = _target(context, file)
    with _opened(context) as opened:
        path = opened.back_up(context.now(), target)
        reviews, actions = opened.counts()
    report = {"schema": 1, "file": path, "reviews": reviews, "actions": actions}
    _say(report, f"Backed up, and verified: {_number(reviews, 'review')} in {path}", as_json=as_json)


@history.command(short_help="Go back to a backup.")
@click.argument("file", type=click.Path())
@_json_option
@click.pass_obj
def restore(context: Context, file: str, *, as_json: bool) -> None:
    """Make your history what FILE holds: a backup, by its path or its name in the folder of backups.

    What is there now is backed up first. FILE is only read.
    """
    from certdrill.history.backup import folder_of
    from certdrill.history.merge import restore as restored
    from certdrill.scheduling import Settings

    context.check_time_may_be_written()
    named = os.path.join(folder_of(context.history_path), file)
    source = named if not os.path.exists(file) and os.path.exists(named) else file
    done = restored(context.history_path, source, context.now(), Settings(), context.program)
    lines = [f"Restored {_number(done.reviews, 'review')} and {_number(done.actions, 'action')} from {source}"]
    if done.saved:
        lines.append(f"and saved {_number(done.saved, 'event')} from the damaged file, made after that backup")
    if done.kept:
        lines.append(f"What was there before is in {done.kept}")
    _say({"schema": 1, "file": source, **done._asdict()}, "\n".join(lines), as_json=as_json)


@history.command(short_help="Look for damage, and say what mends it.")
@_json_option
@click.pass_obj
def verify(context: Context, *, as_json: bool) -> None:
    """Look for damage: the file, every event, the log as a whole, and every state against its replay.

    Nothing is changed. The exit code is 1 when something is wrong, and the last line says what mends it.
    """
    report = examined(context)
    if as_json:
        click.echo(json.dumps(report, indent=1, ensure_ascii=False))
    elif report["faults"]:
        click.echo(f"{context.history_path} is not sound:")
        for fault in report["faults"]:
            click.echo(f"  {fault['text']}")
        click.echo(f"To mend it: {report['mend']}")
    else:
        click.echo(
            f"{context.history_path} is sound: {_number(report['reviews'], 'review')}, "
            f"{_number(report['actions'], 'action')}, {_number(report['units'], 'state')} as the log says."
        )
    if report["faults"]:
        click.get_current_context().exit(1)


def examined(context: Context) -> dict[str, Any]:
    """Return what is wrong with the history and the command that mends it, as --json prints it."""
    from certdrill.history.backup import newest_good
    from certdrill.history.verify import examine
    from certdrill.scheduling import Settings

    path, program = context.history_path, context.program
    found = examine(path, Settings())
    mend = ""
    if found.faults and all(fault.remedy == "rebuild" for fault in found.faults):
        mend = f"`{program} history rebuild`"
    elif found.faults:
        from shlex import quote

        good = newest_good(path)
        name = quote(good.path) if good else "FILE"
        mend = f"`{program} history restore {name}`" + ("" if good else " with a copy of yours; no backup is good")
    return {
        "schema": 1,
        "file": path,
        "reviews": found.reviews,
        "actions": found.actions,
        "units": found.units,
        "exams": found.exams,
        "last_at": found.last_at,
        "faults": [{"text": _shown(fault.text), "remedy": fault.remedy} for fault in found.faults],
        "mend": mend,
    }


@history.command()
@_json_option
@click.pass_obj
def rebuild(context: Context, *, as_json: bool) -> None:
    """Compute the state of every unit again from the log."""
    with _opened(context, write=True) as opened, opened.together():
        units = sum(opened.of(exam).rebuild() for exam in opened.exams())
    _say({"schema": 1, "units": units}, f"{_number(units, 'state')} computed from the log.", as_json=as_json)


@history.command(short_help="Write every event as JSON lines or CSV.")
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
@click.option("--output", "-o", metavar="FILE", help="The file to write. Default: standard output.")
@click.pass_obj
def export(context: Context, form: str, output: str | None) -> None:
    """Write every event, undone ones too, as JSON lines or as one CSV table with a column `type`."""
    from certdrill.history.transfer import to_csv, to_json_lines

    log = _log(context)
    lines = to_csv(log) if form == "csv" else to_json_lines(log)
    if output is None:
        for line in lines:
            click.echo(line)
        return
    _write(output, lines)
    click.echo(f"{_number(len(log), 'event')} in {output}")


@history.command("import", short_help="Add the events of an export.")
@click.argument("file", type=click.Path())
@_json_option
@click.pass_obj
def import_(context: Context, file: str, *, as_json: bool) -> None:
    """Add the events of an export (JSON lines or CSV) that are not here yet."""
    from certdrill.history.transfer import from_text

    try:
        with sys.stdin.buffer if file == "-" else open(file, "rb") as stream:
            text = stream.read().decode()
    except OSError as error:
        raise UntrustedFileError(file, error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise UntrustedFileError(file, "it is not UTF-8 text") from error
    _join(context, from_text(text, file), file, as_json=as_json)


@history.command(short_help="Add the events of another machine's history.")
@click.argument("other", metavar="OTHER.db", type=click.Path())
@_json_option
@click.pass_obj
def merge(context: Context, other: str, *, as_json: bool) -> None:
    """Add the events of another machine's history, which is only read.

    The order of merging does not matter, and merging again adds nothing. Merge both ways, and both machines agree.
    """
    from certdrill.history.merge import read_log

    _join(context, read_log(other), other, as_json=as_json)


def _join(context: Context, log: list[Event], source: str, *, as_json: bool) -> None:
    from certdrill.history.merge import apply, difference
    from certdrill.history.replay import Review

    kept = ""
    with _opened(context, write=True) as opened:
        added = difference(opened, log)
        if added:
            kept = opened.daily_backup or (opened.back_up(context.now()) if opened.exams() else "")
            apply(opened, added)
    reviews = sum(isinstance(event, Review) for event in added.new)
    actions = len(added.new) - reviews
    text = f"Added {_number(reviews, 'review')} and {_number(actions, 'action')} from {source}"
    text += f"; {_number(len(log) - len(added.new), 'event')} known already"
    if kept:
        text += f"\nWhat was there before is in {kept}"
    report = {"schema": 1, "file": source, "reviews": reviews, "actions": actions, "better": len(added.better)}
    _say({**report, "kept": kept}, text, as_json=as_json)


def _opened(context: Context, *, write: bool = False) -> Any:
    """Open the whole file."""
    return context.history(write=write, exam=EVERY_EXAM)


def _log(context: Context) -> list[Event]:
    with _opened(context) as opened:
        return [event for exam in opened.exams() for event in opened.of(exam).events()]


def _target(context: Context, file: str | None) -> str | None:
    if file is None:
        return None
    if os.path.isdir(file):
        file = os.path.join(file, os.path.basename(context.history_path))
    if os.path.lexists(file):
        raise BackupTargetError(file)
    return file


def _list_backups(context: Context, *, as_json: bool) -> None:
    from certdrill.history import backup as backups

    rows: list[dict[str, Any]] = []
    for found in backups.listed(context.history_path):
        fault, reviews, actions = backups.looked_at(found.path)
        rows.append({"file": found.path, "reviews": reviews, "actions": actions, "fault": fault})
    if as_json:
        click.echo(json.dumps({"schema": 1, "backups": rows}, indent=1, ensure_ascii=False))
        return
    for row in rows:
        click.echo(f"{row['file']}  {row['fault'] or _number(row['reviews'], 'review')}")
    if not rows:
        click.echo(f"No backups in {backups.folder_of(context.history_path)}")


def _write(path: str, lines: Iterable[str]) -> None:
    beside = f"{path}.{os.getpid()}"
    try:
        with open(beside, "w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{line}\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError as error:
        raise HistoryTargetError(path, error.strerror or str(error)) from error
    finally:
        if os.path.exists(beside):
            os.unlink(beside)


def _shown(text: str) -> str:
    """Return what was found in a damaged file in one line, with nothing a terminal might act on."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _say(report: dict[str, Any], text: str, *, as_json: bool) -> None:
    click.echo(json.dumps(report, indent=1, ensure_ascii=False) if as_json else text)


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"
