"""The schema of the history, as numbered migrations; each runs in one transaction together with its number."""

from __future__ import annotations

import sqlite3

# Times are UTC milliseconds since 1970, offsets minutes east of UTC, study days count from 1970-01-01 and turn over at
# 4:00 local time. `ordered_at` is the raw time, pushed forward where a clock went back, so that it grows within a file
# and orders the union of two files the same way on both machines (with `id` for ties).
_1 = """
CREATE TABLE reviews (
  id TEXT PRIMARY KEY,
  ordered_at INTEGER NOT NULL,
  exam TEXT NOT NULL,
  card TEXT NOT NULL,
  part TEXT NOT NULL,
  rev INTEGER NOT NULL CHECK (rev >= 1),
  rating INTEGER NOT NULL CHECK (rating BETWEEN 1 AND 4),
  reviewed_at INTEGER NOT NULL,
  utc_offset INTEGER NOT NULL CHECK (utc_offset BETWEEN -1080 AND 1080),
  day INTEGER NOT NULL,
  duration INTEGER NOT NULL CHECK (duration >= 0),
  source TEXT NOT NULL CHECK (source IN ('drill', 'mock', 'anki')),
  device TEXT NOT NULL,
  model TEXT NOT NULL,
  parameters TEXT NOT NULL,
  retention REAL NOT NULL CHECK (retention BETWEEN 0.5 AND 1),
  phase INTEGER NOT NULL CHECK (phase BETWEEN 1 AND 3),
  step INTEGER,
  interval INTEGER NOT NULL CHECK (interval >= 0),
  due_day INTEGER NOT NULL,
  due_at INTEGER NOT NULL
);
CREATE INDEX reviews_by_unit ON reviews (exam, card, part);
CREATE INDEX reviews_by_day ON reviews (exam, day);
CREATE INDEX reviews_in_order ON reviews (ordered_at);

CREATE TABLE actions (
  id TEXT PRIMARY KEY,
  ordered_at INTEGER NOT NULL,
  exam TEXT NOT NULL,
  card TEXT NOT NULL,
  part TEXT NOT NULL,
  action TEXT NOT NULL CHECK (action IN ('undo', 'suspend', 'unsuspend', 'bury', 'reset')),
  target TEXT,
  acted_at INTEGER NOT NULL,
  utc_offset INTEGER NOT NULL CHECK (utc_offset BETWEEN -1080 AND 1080),
  day INTEGER NOT NULL,
  device TEXT NOT NULL,
  CHECK ((action = 'undo') = (target IS NOT NULL))
);
CREATE INDEX actions_by_unit ON actions (exam, card, part);
CREATE INDEX actions_in_order ON actions (ordered_at);

CREATE TABLE memories (
  exam TEXT NOT NULL,
  card TEXT NOT NULL,
  part TEXT NOT NULL,
  phase INTEGER NOT NULL CHECK (phase BETWEEN 0 AND 3),
  step INTEGER,
  stability REAL CHECK (stability > 0),
  difficulty REAL CHECK (difficulty BETWEEN 1 AND 10),
  interval INTEGER NOT NULL,
  due_day INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  first_day INTEGER NOT NULL,
  last_day INTEGER NOT NULL,
  reps INTEGER NOT NULL,
  lapses INTEGER NOT NULL,
  rev INTEGER NOT NULL,
  suspended INTEGER NOT NULL CHECK (suspended IN (0, 1)),
  buried_day INTEGER NOT NULL,
  last_event TEXT NOT NULL,
  model TEXT NOT NULL,
  parameters TEXT NOT NULL,
  PRIMARY KEY (exam, card, part),
  CHECK ((phase = 0) = (stability IS NULL)),
  CHECK ((phase = 0) = (difficulty IS NULL))
) WITHOUT ROWID;

CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE VIEW counted_reviews AS
SELECT * FROM reviews
WHERE id NOT IN (SELECT target FROM actions WHERE action = 'undo');
"""

# What SQLite raises about a file; the second, when its own message quotes damaged text.
TROUBLE = (sqlite3.Error, UnicodeDecodeError)
MIGRATIONS = (_1,)
NEWEST = len(MIGRATIONS)
APPLICATION_ID = 0x63647231  # "cdr1": tells a history from any other SQLite file


def version(connection: sqlite3.Connection) -> int:
    """Return the number of the last migration a file has had; 0 for an empty one."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection, up_to: int | None = None) -> None:
    """Bring a file up to NEWEST (or `up_to`), one transaction a step; a step that fails leaves the file as it was."""
    for number in range(version(connection) + 1, (NEWEST if up_to is None else up_to) + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            if version(connection) < number:
                for statement in MIGRATIONS[number - 1].split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
