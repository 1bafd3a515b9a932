"""The group of commands, its global options, and the one place that turns refusals into messages and exit codes."""

from __future__ import annotations

import errno
import os
import sys
from typing import Any

import click

from certdrill import __version__
from certdrill.cli.folders import config_path
from certdrill.cli.variables import with_variables
from certdrill.errors import CertdrillError

_OF_COMMANDS = ""  # the place of the commands' own settings among those of the program

# name -> (module, attribute, one line of help): --help and completion import no command.
COMMANDS = {
    "review": ("certdrill.cli.review", "review", "Drill what is due and some new cards, every rating saved at once."),
    "due": ("certdrill.cli.due", "due", "Count what is due, now and for the next seven days."),
    "stats": ("certdrill.cli.stats", "stats", "Show on one screen how study has gone and what is coming."),
    "cards": ("certdrill.cli.cards", "cards", "List cards, or show one with its history."),
    "check": ("certdrill.cli.check", "check", "Find every problem in a corpus of cards."),
    "export": ("certdrill.cli.export", "export", "Write an exam-weighted Anki deck."),
    "anki": ("certdrill.cli.anki", "anki", "Bring reviews made in Anki home."),
    "init": ("certdrill.cli.init", "init", "Start a corpus of your own: a blueprint, three cards, the schemas."),
    "suspend": ("certdrill.cli.act", "suspend", "Take cards out of the drill until they are unsuspended."),
    "unsuspend": ("certdrill.cli.act", "unsuspend", "Bring suspended cards back, their memory as it was."),
    "bury": ("certdrill.cli.act", "bury", "Leave cards out until tomorrow."),
    "unbury": ("certdrill.cli.act", "unbury", "Bring buried cards back today."),
    "undo": (
        "certdrill.cli.act",
        "undo",
        "Take back the last rating, suspension, burial or reset; again takes back the one before.",
    ),
    "reset": ("certdrill.cli.act", "reset", "Make cards new again; their log is kept."),
    "history": ("certdrill.cli.history", "history", "Back up, restore, verify, merge, export and import your history."),
    "doctor": ("certdrill.cli.doctor", "doctor", "Check everything certdrill needs, and say what to do."),
    "config": ("certdrill.cli.config", "config", "Show every setting, its value, and where it comes from."),
    "where": (
        "certdrill.cli.config",
        "where",
        "Say where the cards, the history, its backups, the settings and the cache are.",
    ),
}


class Commands(click.Group):
    """A group that imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of a first day."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import the command, or suggest the nearest name."""
        if name not in COMMANDS:
            if ctx.resilient_parsing:  # the shell asks for completions of something mistyped
                return None
            from difflib import get_close_matches

            near = get_close_matches(name, COMMANDS, n=1)
            ctx.fail(f"no command {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
        from importlib import import_module

        module, attribute, _ = COMMANDS[name]
        found: click.Command = getattr(import_module(module), attribute)
        return with_variables(found, name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Print the table without importing anything."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])


def _version(cards: str | None) -> str:
    import platform
    import sqlite3

    from certdrill.corpus.load import find_folder

    _, origin = find_folder(cards, os.getcwd())
    python = platform.python_version()
    return f"certdrill {__version__} (Python {python}, SQLite {sqlite3.sqlite_version}); cards: {origin}"


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="First time? `certdrill review` starts with the built-in cards; nothing needs to be set up.",
)
@click.option(
    "--cards",
    metavar="DIR",
    envvar="CERTDRILL_CARDS",
    show_envvar=True,
    help="The folder of cards. Default: ./cards when it holds an exam.yaml, else the built-in cards.",
)
@click.option(
    "--history",
    metavar="FILE",
    envvar="CERTDRILL_HISTORY",
    show_envvar=True,
    help="The file of your reviews. Default: history.sqlite in certdrill's data folder.",
)
@click.option("--now", metavar="TIME", help="Use this ISO time as the present, for tests and what-if.")
@click.option("--version", is_flag=True, help="Show the version, and which cards are in use.")
@click.pass_context
def cli(ctx: click.Context, cards: str | None, history: str | None, now: str | None, *, version: bool) -> None:
    """Drill cards for a certification exam, weighted by its blueprint.

    Alone, certdrill shows what today holds.
    """
    from certdrill.cli.context import Context

    if version:
        click.echo(_version(cards))
        ctx.exit()
    on_line = click.core.ParameterSource.COMMANDLINE
    named = frozenset(name for name in ("cards", "history") if ctx.get_parameter_source(name) is on_line)
    ctx.obj = Context(cards, history, now, named=named)
    if ctx.default_map is not None:
        ctx.default_map = ctx.default_map[_OF_COMMANDS]
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        ctx.color = False
    if ctx.invoked_subcommand is None:
        from certdrill.cli.due import show_today

        show_today(ctx.obj)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 refused, 2 wrong usage, 130 on Ctrl-C, 141 on a closed pipe."""
    sys.exit(run(arguments))


def _settings() -> dict[str, Any]:
    """Return what the file of settings adds to the root context; nothing, and no import, where there is none."""
    if not os.path.isfile(config_path()):
        return {}
    from certdrill.cli.config import GLOBAL, load_config

    found = load_config(cli)
    return {"default_map": {**found.pop(GLOBAL, {}), _OF_COMMANDS: found}}


def run(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    if "_CERTDRILL_COMPLETE" in os.environ:
        cli.main(prog_name="certdrill")  # the shell asks for completions
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # started with the stream closed
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - open to the end
        getattr(sys, name).reconfigure(errors="replace")  # a letter the terminal lacks is no reason to fail
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115 - open to the end
    try:
        # Not cli.main(): it turns a closed pipe and Ctrl-C into exit code 1.
        given = sys.argv[1:] if arguments is None else list(arguments)
        with cli.make_context("certdrill", given, **_settings()) as ctx:
            result: Any = cli.invoke(ctx)
        sys.stdout.flush()
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except CertdrillError as error:
        click.echo(f"certdrill: {error}", err=True)
        return 1
    except (click.Abort, KeyboardInterrupt):
        return 130
    except OSError as error:
        if error.errno == errno.ENOSPC:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            click.echo("certdrill: the output cannot be written: the disk is full", err=True)
            return 1
        if error.errno not in (errno.EPIPE, errno.EIO):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader or terminal has gone
        return 141
    return result if isinstance(result, int) else 0
