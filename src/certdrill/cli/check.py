"""`certdrill check`: every problem of a corpus, for people and for editors; writes the lock on request."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import click

from certdrill.cli.context import Context
from certdrill.cli.lock import recorded
from certdrill.corpus.files import list_files
from certdrill.corpus.lint.rules import explanations, lint
from certdrill.corpus.load import located
from certdrill.corpus.read import Library, read_library
from certdrill.corpus.rules import check as run_rules
from certdrill.corpus.select import domain_named
from certdrill.errors import BrokenExamError, UnknownNameError
from certdrill.model import ERROR, Problem


def _complete_rule(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    del ctx, param
    return [rule for rule in explanations() if rule.startswith(incomplete)]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for editors.")
@click.option("--write-lock", is_flag=True, help="Record new cards in ids.lock and accept changed answers as cosmetic.")
@click.option("--domain", metavar="DOMAIN", help="Only the cards and figures of this domain.")
@click.option(
    "--rule",
    "rules",
    multiple=True,
    metavar="ID",
    shell_complete=_complete_rule,
    help="Only the problems of this rule; may be repeated.",
)
@click.option("--complete", is_flag=True, help="Exit with 1 too when cues or coverage are out of bounds.")
@click.option("--explain", metavar="ID", shell_complete=_complete_rule, help="Say what a rule means, and why.")
@click.pass_obj
def check(
    context: Context,
    /,
    as_json: bool,
    write_lock: bool,
    domain: str | None,
    rules: tuple[str, ...],
    complete: bool,
    explain: str | None,
) -> int:
    """Find every problem in a corpus of cards.

    Exits with 1 when there is an error; a warning is advice. Each problem ends with the id of its rule: `--explain ID`
    tells more, and `lint_ok: [ID]` on a card takes back its warning. After the problems come the figures of the whole
    corpus: what cue bots win of the choice items, and how the cards cover the blueprint.
    """
    if explain is not None:
        click.echo(f"{explain}, {_explained(explain)}")
        return 0
    for rule in rules:
        _explained(rule)
    folder, origin = context.folder()
    try:
        library = _checked(folder)
        if write_lock and any(problem.severity == ERROR for problem in library.problems):
            click.echo("ids.lock was not written: the cards have errors.", err=True)
        elif write_lock:
            pairs = [(draft.card, draft.record) for draft in library.sound()]
            recorded(folder, library.exam, pairs, context, accept=True)
            library = _checked(folder)
    except BrokenExamError as error:
        return _report([located(problem, folder) for problem in error.problems], 0, origin, as_json, {}, [])
    from certdrill.cli.figures import Figures

    name = domain_named(domain, library.exam.titles()) if domain is not None else ""
    found = [*library.problems, *lint(library, date(1970, 1, 1) + timedelta(days=context.today()))]
    problems = [located(problem, folder) for problem in _selected(found, library, name, rules)]
    number = sum(name in ("", draft.card.domain) for draft in library.drafts)
    figures = Figures(library, name)
    lines = list(figures.lines(complete=complete)) if complete or not rules else []
    missing = [f"not complete: {gap.message}" for gap in figures.gaps] if complete else []
    failed = _report(problems, number, origin, as_json, figures.as_json(), [*lines, *missing])
    return 1 if missing else failed


def _explained(rule: str) -> str:
    known = explanations()
    if rule not in known:
        raise UnknownNameError("rule", rule, list(known))
    return known[rule]


def _checked(folder: str) -> Library:
    library = read_library(list_files(folder))
    run_rules(library)
    return library


def _selected(found: Iterable[Problem], library: Library, domain: str, rules: Sequence[str]) -> list[Problem]:
    """Return the problems of these rules and this domain; one of no readable card belongs to every domain."""
    others = {draft.card.id for draft in library.drafts if domain not in ("", draft.card.domain)}
    return [one for one in found if (not rules or one.rule in rules) and one.card not in others]


def _report(
    problems: list[Problem], number: int, origin: str, as_json: bool, figures: dict[str, Any], lines: Sequence[str]
) -> int:
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
        click.echo(
            json.dumps(
                {"schema": 1, "from": origin, "cards": number, "problems": rows, **figures},
                indent=1,
                ensure_ascii=False,
            )
        )
    else:
        for line in (*map(str, problems), *lines):
            click.echo(line)
        warnings = len(problems) - errors
        click.echo(f"{number} cards from {origin}: {errors} errors, {warnings} warnings")
    return 1 if errors else 0
