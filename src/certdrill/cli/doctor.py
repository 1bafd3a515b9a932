"""`certdrill doctor`: one screen that says whether everything certdrill needs is there, and what to do where not."""

from __future__ import annotations

import json
import locale
import os
import platform
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple

import click

from certdrill import __version__
from certdrill.cli.context import Context
from certdrill.cli.folders import user_folder
from certdrill.cli.history import examined
from certdrill.errors import CertdrillError

OK, WARN, FAIL = "ok", "warn", "fail"
_COLOURS = {OK: "green", WARN: "yellow", FAIL: "red"}
LITTLE_SPACE = 100_000_000
_OLDEST_BACKUP_DAYS = 2


class Finding(NamedTuple):
    """One line: what was looked at, `ok`, `warn` or `fail`, what was found, and what to do about it."""

    name: str
    state: str
    text: str
    remedy: str = ""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def doctor(context: Context, *, as_json: bool) -> None:
    """Check everything certdrill needs, and say what to do.

    Nothing is changed. The exit code is 1 when something fails; a warning alone is no failure.
    """
    findings = [finding for check in CHECKS for finding in check(context)]
    if as_json:
        rows = [finding._asdict() for finding in findings]
        click.echo(json.dumps({"schema": 1, "findings": rows}, indent=1, ensure_ascii=False))
    else:
        width = max(len(finding.name) for finding in findings)
        for finding in findings:
            state = click.style(f"{finding.state:4}", fg=_COLOURS[finding.state])
            click.echo(f"{state}  {finding.name:{width}}  {finding.text}")
            if finding.remedy:
                click.echo(f"{'':6}{'':{width}}  -> {finding.remedy}")
    if any(finding.state == FAIL for finding in findings):
        click.get_current_context().exit(1)


def _versions(context: Context) -> Iterator[Finding]:
    del context
    text = f"certdrill {__version__}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    yield Finding("versions", OK, text)


def _cards(context: Context) -> Iterator[Finding]:
    folder, origin = context.folder()
    name = os.path.abspath(folder)
    where = name if origin in (folder, name) else f"{name} ({origin})"
    try:
        corpus = context.corpus()
    except CertdrillError as error:
        yield Finding("cards", FAIL, f"{where}: {str(error).splitlines()[0]}", "`certdrill check` says more")
        return
    number = len(corpus.errors)
    if number:
        text = f"{where}: {len(corpus.cards)} sound cards, {number} problem{'s' * (number > 1)}"
        yield Finding("cards", FAIL, text, "`certdrill check` shows every problem")
    else:
        yield Finding("cards", OK, f"{where}: {len(corpus.cards)} cards")


def _history(context: Context) -> Iterator[Finding]:
    path = context.history_path
    if not os.path.exists(path):
        yield Finding("history", OK, f"{path} is not there yet", "`certdrill review` begins it")
        yield _writable("its folder", os.path.dirname(os.path.abspath(path)), FAIL)
        return
    report = examined(context)
    if report["faults"]:
        more = f" (and {len(report['faults']) - 1} more)" if len(report["faults"]) > 1 else ""
        yield Finding("history", FAIL, f"{path}: {report['faults'][0]['text']}{more}", report["mend"])
    else:
        text = f"{path}: {report['reviews']:,} reviews; every state is what the log says"
        yield Finding("history", OK, text)
    if not os.access(path, os.W_OK):
        yield Finding("writable", FAIL, f"{path} may not be written", f"`chmod u+w {path}`, or name another: --history")
    else:
        yield _writable("its folder", os.path.dirname(os.path.abspath(path)), FAIL)
    if not report["faults"]:
        yield _clock(context, report["last_at"])


def _clock(context: Context, last_at: int) -> Finding:
    behind = last_at - context.now().ms
    if behind <= 0:
        return Finding("clock", OK, "it stands after your last review")
    minutes = -(-behind // 60_000)
    text = f"it stands {minutes:,} minute{'s' * (minutes != 1)} before your last review"
    return Finding("clock", WARN, text, "set the clock of this machine right; no rating is lost meanwhile")


def _backups(context: Context) -> Iterator[Finding]:
    from certdrill.history.backup import fault_of, folder_of, looked_at, newest_good

    folder = folder_of(context.history_path)
    backups = _listed(context)
    make = f"`{context.program} history backup` makes one now"
    if not backups:
        begun = os.path.exists(context.history_path)
        text = f"none yet in {folder}"
        yield Finding("backups", WARN if begun else OK, text, make if begun else "a drill makes one every day")
        return
    newest = backups[-1]
    fault = fault_of(newest.path)
    if fault:
        good = newest_good(context.history_path)
        text = f"the newest of {len(backups)} is not good: {newest.path}: {fault}"
        yield Finding("backups", WARN if good else FAIL, text, make)
    else:
        days, reviews = context.today() - newest.day, looked_at(newest.path)[1]
        text = f"{len(backups)} in {folder}; the newest is good and holds {reviews:,} reviews, {_ago(days)}"
        late = days > _OLDEST_BACKUP_DAYS and os.path.exists(context.history_path)
        yield Finding("backups", WARN if late else OK, text, make if late else "")
    yield _writable("its folder", folder, WARN)


def _listed(context: Context):  # type: ignore[no-untyped-def]  # the rows of a room that is imported when needed
    from certdrill.history.backup import listed

    return listed(context.history_path)


def _ago(days: int) -> str:
    return "from today" if days == 0 else f"{days} day{'s' * (days > 1)} old" if days > 0 else "dated in the future"


def _cache(context: Context) -> Iterator[Finding]:
    del context
    folder = user_folder("cache")
    found = _writable("cache", folder, WARN)
    remedy = "certdrill works without it, only slower to start" if found.state != OK else ""
    yield found._replace(text=folder if found.state == OK else found.text, remedy=remedy)


def _space(context: Context) -> Iterator[Finding]:
    folder = _nearest(os.path.dirname(os.path.abspath(context.history_path)))
    free = shutil.disk_usage(folder).free
    size = os.path.getsize(context.history_path) if os.path.exists(context.history_path) else 0
    text = f"{free / 1e6:,.0f} MB free at {folder}"
    if free < 1_000_000 + 3 * size:
        yield Finding("space", FAIL, text, "make room: ratings and backups cannot be written")
    elif free < LITTLE_SPACE:
        yield Finding("space", WARN, text, "make room before ratings cannot be written")
    else:
        yield Finding("space", OK, text)


def _text(context: Context) -> Iterator[Finding]:
    del context
    encoding = (sys.stdout.encoding or locale.getpreferredencoding(False)).lower().replace("-", "")
    if encoding == "utf8":
        yield Finding("locale", OK, "UTF-8")
    else:
        yield Finding("locale", WARN, f"output is {encoding}: some letters show as ?", "`export LC_ALL=C.UTF-8`")


def _terminal(context: Context) -> Iterator[Finding]:
    del context
    kind = os.environ.get("TERM", "")
    size = shutil.get_terminal_size()
    colours = "no colours (NO_COLOR)" if os.environ.get("NO_COLOR") else "colours"
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        yield Finding("terminal", OK, "none here (a pipe): drills run as plain lines")
    elif kind in ("", "dumb"):
        yield Finding("terminal", WARN, f"TERM is {kind!r}: drills run as plain lines", "`export TERM=xterm-256color`")
    else:
        yield Finding("terminal", OK, f"{kind}, {size.columns}x{size.lines}, {colours}")


def _writable(name: str, folder: str, otherwise: str) -> Finding:
    """Tell whether files can be made in a folder, or the folder itself where it is not there yet."""
    nearest = _nearest(folder)
    if os.access(nearest, os.W_OK | os.X_OK) and os.path.isdir(nearest):
        return Finding(name, OK, f"{folder} can be written")
    return Finding(name, otherwise, f"{nearest} may not be written", f"`chmod u+rwx {nearest}`, or see who owns it")


def _nearest(folder: str) -> str:
    while not os.path.exists(folder) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    return folder


CHECKS: tuple[Callable[[Context], Iterator[Finding]], ...] = (
    _versions, _cards, _history, _backups, _cache, _space, _text, _terminal,
)  # fmt: skip
