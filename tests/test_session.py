from __future__ import annotations

from certdrill.model import Unit
from certdrill.scheduling import Memory, Phase
from certdrill.study.session import Session, after_rating, next_due, next_unit, without

A, B, C = Unit("card-a"), Unit("card-b"), Unit("card-c")
MINUTE = 60_000
AHEAD = 20 * MINUTE
TODAY = 20_000


def learning(due_at: int, day: int = TODAY) -> Memory:
    """Return the memory of a unit whose step is over at `due_at`."""
    return Memory(Phase.LEARNING, 0, 2.0, 5.0, 0, day, due_at, TODAY, TODAY, 1, 0)


def test_learning_units_that_are_due_come_before_waiting_ones() -> None:
    """A step that is over interrupts the rest."""
    assert next_unit(Session((A,), ((5 * MINUTE, B),)), 5 * MINUTE, AHEAD) == B


def test_waiting_units_come_before_steps_that_are_not_over() -> None:
    """While anything else is left, nobody learns ahead."""
    assert next_unit(Session((A,), ((5 * MINUTE, B),)), 0, AHEAD) == A


def test_steps_are_taken_early_when_nothing_else_is_left() -> None:
    """Within the learn-ahead limit the session goes on; beyond it there is nothing to show, and a time to wait for."""
    assert next_unit(Session((), ((20 * MINUTE, B),)), 0, AHEAD) == B
    later = Session((), ((21 * MINUTE, B),))
    assert next_unit(later, 0, AHEAD) is None
    assert next_due(later) == 21 * MINUTE


def test_no_unit_is_shown_twice_in_a_row_while_there_is_another() -> None:
    """The unit just rated Again waits until something else was shown."""
    session = after_rating(Session((A, B), ()), A, learning(MINUTE), TODAY)
    assert next_unit(session, 2 * MINUTE, AHEAD) == B
    assert next_unit(without(session, B)._replace(last=A), 2 * MINUTE, AHEAD) == A


def test_a_graduated_unit_leaves_the_session() -> None:
    """A review unit is done for the day."""
    done = learning(0)._replace(phase=Phase.REVIEW, due_day=TODAY + 3)
    assert after_rating(Session((A, B), ()), A, done, TODAY) == Session((B,), (), A)


def test_a_step_that_ends_on_another_day_leaves_the_session() -> None:
    """Steps over the 4:00 cutoff belong to the next day's session."""
    assert after_rating(Session((A,), ()), A, learning(MINUTE, TODAY + 1), TODAY).learning == ()


def test_a_unit_taken_out_comes_no_more() -> None:
    """Suspended and buried units leave the waiting and the learning ones."""
    session = Session((A, B), ((MINUTE, C), (2 * MINUTE, A)))
    assert without(session, A) == Session((B,), ((MINUTE, C),), A)
    assert session.left == 4
