"""The list of planted bugs is in order; `tests/proofs/test_simulation.py` looks for each."""

import pytest

from actors.console import ConsoleActor
from actors.domain import location as location_rules
from actors.journal import Journal
from server.simulation.run import simulate
from tests.markdown import document
from tests.simulation.mutation import SEEDS_MAX, Mutation, find, seed_of
from tests.simulation.mutations import MUTATIONS

MUTATIONS_MIN = 24
"""Fewer would leave whole parts of Cairn without a planted bug."""

SWIFT = [one for one in MUTATIONS if one.found_within <= 4 and not one.shows_in_traces]
"""Those that an ordinary run of the tests can afford to look for."""


def test_every_planted_bug_is_named_once_and_found_within_few_seeds() -> None:
    assert len(MUTATIONS) >= MUTATIONS_MIN
    assert len({one.name for one in MUTATIONS}) == len(MUTATIONS)
    assert all(1 <= one.found_within <= SEEDS_MAX and one.by for one in MUTATIONS)


@pytest.mark.parametrize("mutation", SWIFT, ids=lambda one: one.name)
def test_the_simulation_finds_the_planted_bug(mutation: Mutation) -> None:
    assert find(mutation) is not None


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: one.name)
def test_a_planted_bug_is_gone_afterwards(mutation: Mutation) -> None:
    owners = (Journal, ConsoleActor, location_rules)
    before = [dict(vars(owner)) for owner in owners]
    with mutation.planted():
        pass
    assert [dict(vars(owner)) for owner in owners] == before


def test_the_code_as_it_is_is_not_reported() -> None:
    assert simulate(seed_of(0)).violations == ()


def test_the_document_lists_every_planted_bug() -> None:
    (table,) = document("docs/simulation.md").tables("Planted bugs")
    assert {name: tuple(row.cells[1:]) for name, row in table.items()} == {
        one.name: (one.breaks, str(one.found_within), ", ".join(one.by)) for one in MUTATIONS
    }
