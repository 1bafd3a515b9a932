"""`certdrill check`: every problem of a corpus, for people and for editors; writes the lock on request."""

from __future__ import annotations

import json
import os

import click

from certdrill.cli.context import Context
from certdrill.corpus.files import LOCK, list_files
from certdrill.corpus.load import is_installed, located
from certdrill.corpus.lock import BadLockError, Lock, dump, parse, updated
from certdrill.corpus.read import Library, read_library
from certdrill.corpus.rules import check as run_rules
from certdrill.errors import BrokenExamError, LockNotWritableError
from certdrill.model import ERROR, Problem


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for editors.")
@click.option("--write-lock", is_flag=True, help="Record new cards in ids.lock and accept changed answers as cosmetic.")
@click.pass_obj
def check(context: Context, as_json: bool, write_lock: bool) -> int:
    """Find every problem in a corpus of cards.

    Exits with 1 when there is an error; a warning is advice.
    """
    folder, origin = context.folder()
    files = list_files(folder)
    try:
        library = read_library(files)
    except BrokenExamError as error:
        return _report([located(problem, folder) for problem in error.problems], 0, origin, as_json)
    run_rules(library)
    if write_lock and not any(problem.severity == ERROR for problem in library.problems):
        write(folder, library, context.now().ms)
        library = read_library(list_files(folder))
        run_rules(library)
    problems = [located(problem, folder) for problem in library.problems]
    return _report(problems, len(library.drafts), origin, as_json)


def write(folder: str, library: Library, now_ms: int) -> None:
    """Record the library's cards in the lock, changed answers accepted; raise LockNotWritableError.

    A lock that has nothing to learn is not written.
    """
    pairs = [(draft.card, draft.record) for draft in library.sound()]
    lock = _lock(library.lock)
    after = updated(lock, library.exam, pairs, now_ms, accept=True)
    if after != lock:
        save_lock(folder, after)


def save_lock(folder: str, lock: Lock) -> None:
    """Write the lock beside and put it in place; never inside an installed package."""
    path = os.path.join(folder, LOCK)
    if is_installed(folder):
        raise LockNotWritableError(path, list(lock.cards))
    beside = f"{path}.{os.getpid()}"
    try:
        with open(beside, "wb") as file:
            file.write(dump(lock))
        os.replace(beside, path)
    except OSError:
        raise LockNotWritableError(path, list(lock.cards)) from None


def _lock(raw: bytes) -> Lock:
    try:
        return parse(raw)
    except BadLockError:
        return Lock()


def _report(problems: list[Problem], number: int, origin: str, as_json: bool) -> int:
    errors = sum(problem.severity == ERROR for problem in problems)
    if as_json:
        rows = [
            {
                "file": problem.place.file,
                "line": problem.place.line,
                "column": problem.place.column,
                "severity": problem.severity,
                "rule": problem.rule,
                "card": problem.card,
                "message": problem.message,
                "remedy": problem.remedy,
            }
            for problem in problems
        ]
        click.echo(json.dumps({"schema": 1, "cards": number, "problems": rows}, indent=1, ensure_ascii=False))
    else:
        for problem in problems:
            click.echo(str(problem))
        warnings = len(problems) - errors
        click.echo(f"{number} cards from {origin}: {errors} errors, {warnings} warnings")
    return 1 if errors else 0
