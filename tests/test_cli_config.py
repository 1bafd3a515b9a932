"""Settings from the file, the variables and the command line, and where everything is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from certdrill.cli.main import COMMANDS, Commands, cli
from certdrill.cli.variables import options_of
from conftest import Run

LAW = """\
domain: law
cards:
  - {id: first-law-card, kind: basic, front: What is a contract?, back: An agreement}
  - {id: second-law-card, kind: basic, front: What is an offer?, back: A proposal}
"""


@pytest.fixture
def settings(own_home: Path) -> Callable[[str], Path]:
    """Write the person's file of settings."""

    def write(text: str) -> Path:
        path = own_home / "xdg_config_home" / "certdrill" / "config.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def shown(certdrill: Run, *commands: str, **environment: str) -> dict[str, Any]:
    """Return value and source of every setting by key."""
    rows = json.loads(certdrill("config", *commands, "--json", **environment).stdout)["settings"]
    return {row["key"]: (row["value"], row["source"]) for row in rows}


def test_every_option_has_a_variable_and_a_key(certdrill: Run) -> None:
    """Whatever command an option belongs to, `certdrill config` lists it with its variable, each another one."""
    rows = json.loads(certdrill("config", "--json").stdout)["settings"]
    listed = {row["key"] for row in rows}
    group = cli
    assert isinstance(group, Commands)
    for name in COMMANDS:
        command = group.get_command(group.make_context("certdrill", ["due"]), name)
        for option in options_of(command):
            assert f"{name}.{max(option.opts, key=len).lstrip('-')}" in listed
    assert len({row["variable"] for row in rows}) == len(rows)
    assert all(row["variable"].startswith("CERTDRILL_") for row in rows)


def test_the_line_wins_over_the_variable_and_the_variable_over_the_file(
    certdrill: Run, corpus: Callable[..., Path], settings: Callable[[str], Path]
) -> None:
    """New cards a day come from the nearest place that names them."""
    folder = corpus(law=LAW)
    settings(f'[certdrill]\ncards = "{folder}"\n\n[due]\nnew = 1\n')
    new = {
        "file": certdrill("due", "--json"),
        "variable": certdrill("due", "--json", CERTDRILL_DUE_NEW="0"),
        "line": certdrill("due", "--json", "--new", 2, CERTDRILL_DUE_NEW="0"),
    }
    totals = {name: json.loads(run.stdout) for name, run in new.items()}
    assert "Bar Exam" in certdrill("due").stdout
    assert [str(totals[name]).count("'new': 1") > 0 for name in ("file", "variable")] == [True, False]
    assert shown(certdrill, "due")["due.new"] == (1, "file")
    assert shown(certdrill, "due", CERTDRILL_DUE_NEW="0")["due.new"] == (0, "variable")
    assert shown(certdrill, "review")["review.new"] == (20, "default")


def test_lists_flags_and_subcommands_are_set(certdrill: Run, settings: Callable[[str], Path]) -> None:
    """A repeated option takes a list, a flag true or false, a subcommand a table of its own."""
    settings('[review]\ndomain = ["governance", "design"]\nplain = true\n[cards.new]\nkind = "basic"\n')
    found = shown(certdrill)
    assert found["review.domain"] == (["governance", "design"], "file")
    assert found["review.plain"] == (True, "file")
    assert found["cards.new.kind"] == ("basic", "file")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[reviw]\nnew = 5\n", "config.toml:1: no command 'reviw'; did you mean 'review'?"),
        ("[review]\n\nnwe = 5\n", "config.toml:3: review has no option 'nwe'; did you mean 'new'?"),
        ("[review]\nnew = -5\n", "config.toml:2: review.new: -5 is not in the range x>=0."),
        ("[review]\nnew = [1, 2]\n", "config.toml:2: review.new takes one value"),
        ('[review]\nplain = "yes"\n', "config.toml:2: review.plain takes true or false"),
        ("[review]\nnew = true\n", "config.toml:2: review.new takes text or a number"),
        (
            "new = 5\n",
            "config.toml:1: new stands outside a table; put it into a table",
        ),
        ("[review\n", "config.toml: Expected ']' at the end of a table declaration"),
    ],
)
def test_a_mistake_is_named_with_its_line(
    certdrill: Run, settings: Callable[[str], Path], text: str, said: str
) -> None:
    """Nothing runs on settings that are not understood, and what is meant is suggested."""
    settings(text)
    run = certdrill("due")
    assert run.returncode == 1
    assert said in run.stderr
    assert "Traceback" not in run.stderr


def test_another_file_can_be_named(certdrill: Run, tmp_path: Path) -> None:
    """CERTDRILL_CONFIG names the file; one that is not there is no mistake."""
    (tmp_path / "mine.toml").write_text("[due]\nnew = 3\n")
    assert shown(certdrill, "due", CERTDRILL_CONFIG=str(tmp_path / "mine.toml"))["due.new"] == (3, "file")
    assert shown(certdrill, "due", CERTDRILL_CONFIG=str(tmp_path / "none.toml"))["due.new"] == (20, "default")


def test_where_everything_is(certdrill: Run, own_home: Path, tmp_path: Path) -> None:
    """The five places are named as the platform and the options have them, and what is not there yet is said."""
    run = certdrill("--history", tmp_path / "h.db", "where")
    assert str(tmp_path / "h.db") in run.stdout
    assert "(not there yet)" in run.stdout
    places = json.loads(certdrill("where", "--json").stdout)
    assert list(places) == ["cards", "history", "backups", "settings", "cache"]
    assert places["history"] == str(own_home / "xdg_data_home" / "certdrill" / "history.sqlite")
    assert places["settings"] == str(own_home / "xdg_config_home" / "certdrill" / "config.toml")
