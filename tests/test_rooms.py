from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import CHECKOUT

SOURCE = CHECKOUT / "src" / "certdrill"
FLOORS = {
    "cli": 5, "screen": 4, "anki": 4, "study": 3, "history": 3, "corpus": 2, "scheduling": 2, "weighting": 2,
    "model": 1, "errors": 1, "markup": 1, "cloze": 1, "shuffle": 1, "code": 1, "__init__": 0,
}  # fmt: skip
OWNERS = {
    "yaml": {"corpus/yaml_events.py"},
    "fsrs": {"scheduling.py"},
    "sqlite3": {
        "history/store.py",
        "history/migrations.py",
        "corpus/load.py",
        "anki/package.py",
        "anki/rows.py",
        "cli/main.py",
        "history/backup.py",
        "history/merge.py",
        "history/verify.py",
        "cli/doctor.py",
    },
    "genanki": {"anki/package.py", "anki/identity.py"},
    "markdown_it": {"markup.py"},
    "pygments": {"code.py"},
    "termios": {"screen/modes.py"},
    "zipfile": {"anki/package.py", "anki/unpack.py"},
    "zstandard": {"anki/unpack.py"},
    "wcwidth": {"screen/lines.py"},
    "click": {"cli/"},
}


def imports(path: Path) -> set[str]:
    """Return the names of all modules a file imports, at any depth."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def room(name: str) -> str:
    return name.split(".")[1] if "." in name else "__init__"


FILES = sorted(path for path in SOURCE.rglob("*.py") if path.name != "__main__.py")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_a_file_imports_from_floors_below_or_its_own_folder(path: Path) -> None:
    """The house has floors, and nothing reaches up or across."""
    own = path.relative_to(SOURCE).parts[0].removesuffix(".py")
    for name in imports(path):
        other = room(name)
        if name.startswith("certdrill") and other in FLOORS and other != own:
            assert FLOORS[other] < FLOORS[own] or FLOORS[own] == FLOORS[other] == 1, name


@pytest.mark.parametrize("library", OWNERS)
def test_each_library_has_one_owner(library: str) -> None:
    """A library's types stop at the rooms that own it."""
    users = {
        path.relative_to(SOURCE).as_posix()
        for path in FILES
        if any(name == library or name.startswith(library + ".") for name in imports(path))
    }
    assert users, library
    assert all(any(user.startswith(owner) for owner in OWNERS[library]) for user in users), users


def test_only_the_command_line_reads_the_clock() -> None:
    """Time is an argument everywhere else."""
    for path in FILES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)} & {
            "time.time",
            "datetime.now",
            "date.today",
            "datetime.utcnow",
            "time.time_ns",
        }
        assert not calls or path.name == "context.py", (path, calls)


@pytest.mark.parametrize("command", [["due"], ["--help"], ["--version"], []])
def test_a_light_command_loads_no_heavy_library(command: list[str], tmp_path: Path) -> None:
    """After a first run, counting what is due and help start without yaml, fsrs, genanki and markdown-it."""
    heavy = [
        "yaml",
        "fsrs",
        "genanki",
        "markdown_it",
        "pygments",
        "rich",
        "asyncio",
        "importlib.metadata",
        "urllib.parse",
        "pathlib",
        "json.tool",
    ]
    code = (
        "import sys, certdrill.cli.main as m; m.run(sys.argv[1:]);"
        f"print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)"
    )
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", code, *command], capture_output=True, text=True, cwd=tmp_path, check=True
        )
    assert done.stderr.splitlines()[-1] == "[]"
