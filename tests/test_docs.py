from __future__ import annotations

import ast
import re
import sqlite3
import tomllib
from pathlib import Path

import pytest

from certdrill import __version__
from certdrill.cli.main import COMMANDS
from certdrill.history import migrations
from conftest import CHECKOUT, Run

README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (CHECKOUT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_every_command_is_in_the_readme() -> None:
    """A command nobody is told of is missing."""
    assert [name for name in COMMANDS if f"`{name}`" not in README and f"certdrill {name}" not in README] == []


def test_the_readme_names_no_command_or_option_that_does_not_exist(certdrill: Run) -> None:
    """What follows `certdrill` in the README is a command, and every option is in some help text."""
    named = set(re.findall(r"(?:`|/|&& )certdrill (?:--(?:cards|history) \S+ )?([a-z]+)", README))
    assert named <= set(COMMANDS)
    helped = "".join(
        certdrill(name, "--help").stdout
        for name in ("review", "cards", "export", "check", "due", "stats", "undo", "suspend")
    )
    helped += "".join(certdrill("cards", name, "--help").stdout for name in ("new", "retire"))
    helped += certdrill("anki", "import", "--help").stdout + certdrill("--help").stdout
    for option in set(re.findall(r"(?<=[`\s])--[a-z-]+", README)) - {"--from"}:
        assert option in helped, option


def test_help_lists_every_command_with_the_line_its_own_help_begins_with(certdrill: Run) -> None:
    """The table that makes start-up fast cannot drift from the commands."""
    for name, (_, _, text) in COMMANDS.items():
        assert text in certdrill(name, "--help").stdout.replace("\n  ", " ")


def test_the_readme_describes_every_column_of_the_history() -> None:
    """People query the file, so each table's section names exactly its columns."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrations.migrate(connection)
    sections = dict(zip(("reviews", "actions", "memories"), README.split("| column | meaning |")[1:], strict=True))
    for table, section in sections.items():
        rows = section.split("\n\n")[0]
        described = set(re.findall(r"`([a-z_]+)`", "\n".join(line.split("|")[1] for line in rows.splitlines()[2:])))
        columns = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
        assert described == columns, table
    connection.close()


@pytest.mark.parametrize("text", [README, CONTRIBUTING], ids=["README", "CONTRIBUTING"])
def test_every_path_the_docs_name_exists(text: str) -> None:
    """A moved file takes its mention with it."""
    paths = re.findall(r"`((?:src|tests|cards|cli|corpus|history|screen|study|anki|\.ci)/[\w./]*)", text)
    for path in paths:
        assert (CHECKOUT / path).exists() or (CHECKOUT / "src" / "certdrill" / path).exists(), path


def test_both_readme_commands_make_their_own_environment_and_ci_runs_the_tests_one() -> None:
    """Debian refuses a bare `pip install`; each printed command works alone."""
    commands = [line for line in README.splitlines() if line.startswith("python3 -m venv .venv && ")]
    assert [command.split()[-1] for command in commands] == ["review", "pytest"]
    assert "grep -m1 -- '-m pytest' README.md" in (CHECKOUT / ".ci" / "run").read_text()


def test_the_version_is_in_the_changelog() -> None:
    """The newest section is this version's."""
    assert f"## {__version__}" in (CHECKOUT / "CHANGELOG.md").read_text()


def test_the_readmes_card_becomes_the_readmes_drill(certdrill: Run, tmp_path: Path) -> None:
    """The first screen shows a real card and what certdrill really prints for it."""
    card, drill = (block.split("```")[0] for block in re.split(r"```(?:yaml)?\n", README)[1:4:2])
    (tmp_path / "exam.yaml").write_text(
        "id: bar-exam\ntitle: Bar Exam\ndomains:\n  - {id: law, title: Law of Contracts, weight: 1}\n"
    )
    (tmp_path / "law.yaml").write_text(f"domain: law\ncards:\n{card}")
    options = ("--cards", tmp_path, "--history", tmp_path / "h.db", "review", "--plain", "--seed", 5)
    shown = certdrill(*options, stdin="b\n").stdout.strip()
    typed = drill.strip().replace("> b\n", "> \n")
    assert [line.rstrip() for line in typed.splitlines()] == [
        line.rstrip() for line in shown.splitlines()[: len(typed.splitlines())]
    ]


def test_every_dependency_has_a_lower_bound() -> None:
    """Bounds are declared below and left open above."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    assert [line for line in wanted if not re.fullmatch(r"[\w-]+>=[\d.]+", line)] == []


@pytest.mark.parametrize("path", sorted(Path(__file__).parent.glob("test_*.py")), ids=lambda path: path.name)
def test_every_test_states_its_behaviour(path: Path) -> None:
    """The first line of each test's docstring is a sentence."""
    functions = [
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    assert functions
    for function in functions:
        assert (ast.get_docstring(function) or "").split("\n\n")[0].rstrip().endswith("."), function.name
