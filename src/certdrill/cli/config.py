"""Options from a TOML file or a variable; `certdrill config` says which won, `certdrill where` names the places."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

import click

from certdrill.cli.context import Context
from certdrill.cli.folders import config_path, user_folder
from certdrill.cli.variables import key_of, options_of, variable_of
from certdrill.errors import BadConfigError

GLOBAL = "certdrill"  # the table of the options that stand before the command
_SOURCES = {"COMMANDLINE": "command line", "ENVIRONMENT": "variable", "DEFAULT_MAP": "file", "DEFAULT": "default"}


def load_config(group: click.Group) -> dict[str, Any]:
    """Return the settings file as click's defaults: by command, and under `GLOBAL` those of the program itself.

    Raises BadConfigError with the line for TOML that cannot be read, and for tables and keys that no command has.
    """
    import tomllib

    path = config_path()
    try:
        with open(path, "rb") as file:
            raw = file.read()
        whole = tomllib.loads(raw.decode())
    except OSError as error:
        raise BadConfigError(path, error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise BadConfigError(path, "it is not UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise BadConfigError(path, str(error)) from error
    lines = raw.decode().splitlines()
    return {table: _defaults(group, table, keys, path, lines) for table, keys in whole.items()}


def _defaults(group: click.Group, table: str, keys: Any, path: str, lines: list[str]) -> dict[str, Any]:
    tables = [GLOBAL, *group.list_commands(click.Context(group))]
    if not isinstance(keys, dict):
        remedy = f"put it into a table, such as [{GLOBAL}] or [review]"
        raise BadConfigError(path, f"{table} stands outside a table; {remedy}", _line(lines, table))
    if table not in tables:
        raise BadConfigError(path, f"no command {table!r}{_nearest(table, tables)}", _line(lines, table))
    command = group if table == GLOBAL else group.get_command(click.Context(group), table)
    return _values(command, table, keys, path, lines)


def _values(
    command: click.Command | None, table: str, keys: dict[str, Any], path: str, lines: list[str]
) -> dict[str, Any]:
    known = {key_of(option): option for option in options_of(command)}
    below = command.commands if isinstance(command, click.Group) and table != GLOBAL else {}
    found: dict[str, Any] = {}
    for key, value in keys.items():
        if isinstance(value, dict) and key in below:
            found[key] = _values(below[key], f"{table}.{key}", value, path, lines)
        elif key in known:
            found[known[key].name or key] = _checked(known[key], value, f"{table}.{key}", path, _line(lines, key))
        else:
            names = [*known, *below]
            raise BadConfigError(path, f"{table} has no option {key!r}{_nearest(key, names)}", _line(lines, key))
    return found


def _checked(option: click.Option, value: Any, name: str, path: str, line: int) -> Any:
    """Return a value in the option's own type; a list for an option that may be repeated."""
    values = value if isinstance(value, list) else [value]
    if len(values) != 1 and not option.multiple:
        raise BadConfigError(path, f"{name} takes one value", line)
    if any(isinstance(one, dict | list) or isinstance(one, bool) is not option.is_flag for one in values):
        wanted = "true or false" if option.is_flag else "text or a number"
        raise BadConfigError(path, f"{name} takes {wanted}", line)
    try:
        converted = [one if option.is_flag else option.type.convert(one, option, None) for one in values]
    except click.BadParameter as error:
        raise BadConfigError(path, f"{name}: {error.message}", line) from error
    return tuple(converted) if option.multiple else converted[0]


def _line(lines: list[str], key: str) -> int:
    """Return the first line that sets or opens `key`, from 1; 1 when it cannot be told."""
    pattern = re.compile(rf"\s*(?:\[+\s*)?[\"']?{re.escape(key)}\b")
    return next((number for number, line in enumerate(lines, 1) if pattern.match(line)), 1)


def _nearest(name: str, names: list[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, names, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(names)}"


@click.command()
@click.argument("commands", metavar="[COMMAND]...", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def config(ctx: click.Context, commands: tuple[str, ...], *, as_json: bool) -> None:
    """Show every setting, its value, and where it comes from.

    A setting is an option's value on the command line, else its variable, else its key in the TOML file, else its
    default. Name commands to see theirs alone.
    """
    group = ctx.find_root().command
    assert isinstance(group, click.Group)  # noqa: S101 - the root is certdrill itself
    path = config_path()
    settings = load_config(group) if os.path.isfile(path) else {}
    rows = [row for row in _rows(group, settings) if not commands or row["key"].split(".")[0] in commands]
    if as_json:
        click.echo(json.dumps({"file": path, "settings": rows}, indent=1))
        return
    click.echo(f"{path}{'' if os.path.isfile(path) else ' (not there yet)'}\n")
    width = max((len(row["key"]) for row in rows), default=0)
    values = [_shown(row["value"]) for row in rows]
    wide = min(40, max(map(len, values), default=0))
    for row, value in zip(rows, values, strict=True):
        click.echo(f"{row['key']:{width}}  {value:{wide}}  {row['source']:9}  {row['variable']}".rstrip())


def _rows(group: click.Group, settings: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield from _command_rows(group, GLOBAL, settings.get(GLOBAL, {}))
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        if command is not None:
            yield from _command_rows(command, name, settings.get(name, {}))


def _command_rows(command: click.Command, name: str, defaults: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    ctx = click.Context(command, info_name=name, default_map=dict(defaults), resilient_parsing=True)
    for option in options_of(command):
        value, source = option.consume_value(ctx, {})
        if source is click.core.ParameterSource.ENVIRONMENT:
            with suppress(click.BadParameter):  # what makes no sense is shown as it stands; the command refuses it
                value = option.type_cast_value(ctx, value)
        plain = list(value) if isinstance(value, tuple) else value if isinstance(value, str | int | float) else None
        yield {
            "key": f"{name}.{key_of(option)}",
            "value": plain,
            "source": _SOURCES[source.name],
            "variable": option.envvar if isinstance(option.envvar, str) else variable_of(name, option),
        }
    if isinstance(command, click.Group) and name != GLOBAL:
        for below, one in command.commands.items():
            inner = defaults.get(below, {})
            yield from _command_rows(one, f"{name}.{below}", inner if isinstance(inner, dict) else {})


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if value is None or value == []:
        return "-"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def where(context: Context, /, *, as_json: bool) -> None:
    """Say where the cards, the history, its backups, the settings and the cache are."""
    folder, origin = context.folder()
    history = os.path.abspath(context.history_path)
    places = {
        "cards": os.path.abspath(folder),
        "history": history,
        "backups": os.path.join(os.path.dirname(history), "backups"),
        "settings": config_path(),
        "cache": user_folder("cache"),
    }
    if as_json:
        click.echo(json.dumps(places, indent=1))
        return
    for name, path in places.items():
        note = f"  ({origin})" if name == "cards" and origin not in (folder, path) else ""
        click.echo(f"{name:9} {path}{note or ('' if os.path.exists(path) else '  (not there yet)')}")
