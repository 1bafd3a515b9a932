"""`certdrill init`: a small corpus of one's own that drills at once."""

from __future__ import annotations

import json
import os

import click

from certdrill.corpus.save import save
from certdrill.corpus.starter import starter_files
from certdrill.errors import FolderInUseError


@click.command()
@click.argument("folder", metavar="DIR")
def init(folder: str) -> None:
    """Start a corpus of your own: a blueprint, three cards, the schemas."""
    if os.path.exists(folder) and (not os.path.isdir(folder) or os.listdir(folder)):
        raise FolderInUseError(folder)
    texts = {
        name: text if isinstance(text, str) else json.dumps(text, indent=1) + "\n"
        for name, text in starter_files().items()
    }
    save([(os.path.join(folder, name), text.encode()) for name, text in texts.items()])
    click.echo(f"{folder} is ready: edit {folder}/exam.yaml and the cards, then")
    click.echo(f"  certdrill --cards {folder} review")
    click.echo(f"  certdrill --cards {folder} check")
