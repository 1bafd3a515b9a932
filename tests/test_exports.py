"""The decks in `exports/` are what the built-in cards make today, row by row and member by member."""

from __future__ import annotations

import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from conftest import CARDS, CHECKOUT, Run

NAME = "databricks-genai-engineer-associate.apkg"


def content(path: Path, folder: Path) -> dict[str, Any]:
    """Return every row of every table and every other member of a package; SQLite's own header stays out."""
    found: dict[str, Any] = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name != "collection.anki2":
                found[name] = archive.read(name)
        archive.extract("collection.anki2", folder)
    with closing(sqlite3.connect(folder / "collection.anki2")) as connection:
        found["schema"] = connection.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY name").fetchall()
        for (table,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
            found[table] = connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()
    return found


def test_the_exported_deck_is_up_to_date(certdrill: Run, tmp_path: Path) -> None:
    """Rebuilt from the cards, the deck has the same content: run `certdrill export` and commit the file if not."""
    if not (CHECKOUT / "exports").is_dir():
        pytest.skip("no checkout")
    run = certdrill("--cards", CARDS, "export", "--output", tmp_path / "now.apkg")
    assert run.returncode == 0, run.stderr
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    kept, now = content(CHECKOUT / "exports" / NAME, tmp_path / "a"), content(tmp_path / "now.apkg", tmp_path / "b")
    assert kept.keys() == now.keys()
    for part, rows in now.items():
        assert kept[part] == rows, f"{part} differs; run `certdrill export` in the checkout"
