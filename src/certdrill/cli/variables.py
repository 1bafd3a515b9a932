"""Every option has a variable and a key in the file of settings, both made from its long name."""

from __future__ import annotations

import re

import click


def options_of(command: click.Command | None) -> list[click.Option]:
    """Return the options of a command that may be set: those that choose a run's whole action are not."""
    actions = ("help", "version", "dry_run", "now")
    parameters = command.params if command else []
    return [one for one in parameters if isinstance(one, click.Option) and one.name not in actions]


def key_of(option: click.Option) -> str:
    """Return an option's key in the file: its long name without the dashes."""
    return max(option.opts, key=len).lstrip("-")


def with_variables(command: click.Command, name: str) -> click.Command:
    """Give every option of a command its variable, such as CERTDRILL_REVIEW_NEW; subcommands likewise."""
    for option in options_of(command):
        option.envvar = option.envvar or variable_of(name, option)
    if isinstance(command, click.Group):
        for below, one in command.commands.items():
            with_variables(one, f"{name} {below}")
    return command


def variable_of(name: str, option: click.Option) -> str:
    """Return the variable of an option of the command `name`."""
    return re.sub(r"[^A-Z0-9]+", "_", f"certdrill {name} {key_of(option)}".upper())
