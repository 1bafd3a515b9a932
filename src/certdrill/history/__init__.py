"""The history: an append-only log of reviews and actions in one SQLite file, and the memories replayed from it."""
