"""Exam-weighted Anki decks: text as HTML, note types, notes with positions, and the package file."""
