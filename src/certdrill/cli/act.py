"""`certdrill suspend`, `unsuspend`, `bury` and `reset` by card id; `certdrill undo` takes the last event back."""

from __future__ import annotations

import click

from certdrill.cli.context import Context
from certdrill.history.replay import Review
from certdrill.model import Unit
from certdrill.scheduling import Rating


def _command(action: str, doc: str, done: str) -> click.Command:
    @click.command(action, help=doc)
    @click.argument("card_ids", metavar="ID...", nargs=-1, required=True)
    @click.pass_obj
    def command(context: Context, card_ids: tuple[str, ...]) -> None:
        corpus = context.corpus()
        cards = [corpus.card(card_id) for card_id in card_ids]
        with context.history(write=True) as history:
            for card in cards:
                for part in card.units:
                    history.act(Unit(card.id, part), action, context.now(), context.today())
        click.echo(f"{done}: {', '.join(card.id for card in cards)}")

    return command


suspend = _command("suspend", "Take cards out of the drill until they are unsuspended.", "Suspended")
unsuspend = _command("unsuspend", "Bring suspended cards back, their memory as it was.", "Back in the drill")
bury = _command("bury", "Leave cards out until tomorrow.", "Buried until tomorrow")
reset = _command("reset", "Make cards new again; their log is kept.", "New again")


@click.command()
@click.pass_obj
def undo(context: Context) -> None:
    """Take back the last rating, suspension, burial or reset; again takes back the one before."""
    with context.history(write=True) as history:
        event = history.undo(context.now(), context.today())
    what = Rating(event.rating).name.capitalize() if isinstance(event, Review) else event.action
    click.echo(f"Taken back: {what} of {Unit(event.card, event.part)}")
