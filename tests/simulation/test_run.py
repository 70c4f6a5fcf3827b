"""The simulation itself: it replays, it finds nothing today, and its parts do what they say."""

import pytest

from server.simulation.run import simulate
from tests.simulation.mutation import printed_under

SEEDS = 12
"""Enough that every kind of fault comes in several of them; many more are played elsewhere."""


@pytest.mark.parametrize("seed", range(SEEDS))
def test_every_invariant_holds_whatever_goes_wrong(seed: int) -> None:
    result = simulate(str(seed))
    assert result.violations == ()
    assert result.deliveries > 1_000
    assert result.records > 20


def test_a_seed_replays_bit_for_bit() -> None:
    first, second = simulate("again"), simulate("again")
    assert first == second
    assert simulate("other").trace != first.trace


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_a_seed_replays_whatever_pythons_hashes_are(hash_seed: str) -> None:
    program = "from server.simulation.run import simulate; print(simulate('hashes').trace)"
    assert printed_under(hash_seed, program) == simulate("hashes").trace


def test_most_kinds_of_fault_come_in_a_few_runs() -> None:
    kinds = {kind for seed in range(6) for kind in simulate(f"kinds {seed}").kinds}
    assert len(kinds) >= 12
