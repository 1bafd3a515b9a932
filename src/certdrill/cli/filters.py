"""The filter options every listing command shares, with their completion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from certdrill.corpus.load import Corpus
from certdrill.corpus.select import STATES, Filters, resolve
from certdrill.errors import CertdrillError
from certdrill.model import KINDS, LEVELS

F = TypeVar("F", bound=Callable[..., Any])


def filter_options(command: F) -> F:
    """Add --domain, --objective, --tag, --kind, --level and --state; each may be given several times."""
    for name, help_text in reversed(_OPTIONS.items()):
        command = click.option(
            f"--{name}",
            f"{name}s",
            multiple=True,
            metavar=name.upper(),
            help=help_text,
            shell_complete=_complete(name),
        )(command)
    return command


def resolved(corpus: Corpus, options: dict[str, tuple[str, ...]]) -> Filters:
    """Return the filters of a command's options, names made exact; raises UnknownNameError."""
    return resolve(Filters(**{f"{name}s": options[f"{name}s"] for name in _OPTIONS}), corpus)


_OPTIONS = {
    "domain": "Only this domain: its id, its title or a unique beginning.",
    "objective": "Only this objective.",
    "tag": "Only cards with this tag.",
    "kind": f"Only this kind: {', '.join(KINDS)}.",
    "level": f"Only this level: {', '.join(LEVELS)}.",
    "state": f"Only units in this state: {', '.join(STATES)}.",
}


def _complete(name: str) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    def complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
        del param
        fixed = {"kind": KINDS, "level": LEVELS, "state": STATES}
        names = fixed.get(name) or _from_corpus(ctx, name)
        return [known for known in names if known.startswith(incomplete)]

    return complete


def _from_corpus(ctx: click.Context, name: str) -> list[str]:
    from certdrill.cli.context import Context

    top = ctx.find_root()
    try:
        corpus = Context(top.params.get("cards"), None, None).corpus()
    except CertdrillError:
        return []  # a shell has no place for a message
    if name == "domain":
        return list(corpus.exam.titles())
    if name == "objective":
        return [objective.id for objective in corpus.exam.objectives]
    return sorted({tag for card in corpus.cards for tag in card.tags})
