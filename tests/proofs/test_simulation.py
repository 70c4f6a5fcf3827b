"""Simulated hunts keep every promise, and the simulation finds every planted bug."""

from collections.abc import Callable
from statistics import median

import pytest

from scripts.simulate import Tally, parser, results
from server.simulation.run import Result, simulate
from tests.proofs.ledger import Proof
from tests.simulation.mutation import Found, Mutation, find, find_by_hashes, printed_under, seed_of
from tests.simulation.mutations import MUTATIONS

PROCESSES = 2

REPLAYED = 5
"""Seeds that are played again, here and under other hashes of Python's."""

HASH_SEED = "20"

PROGRESS_RUNS = 500
"""Runs between two words on how far it is."""


def played(deliveries: int, say: Callable[[str], None]) -> tuple[Tally, list[Result]]:
    """Seed after seed until so many deliveries were made; some of the results to play again."""
    some: list[Result] = []
    tally = Tally()
    for result in results(parser().parse_args(options(deliveries))):
        tally.take(result)
        if len(some) < REPLAYED:
            some.append(result)
        if tally.runs % PROGRESS_RUNS == 0:
            failed = ", ".join(one.seed for one in tally.failed[:3])
            say(
                f"{tally.runs:,} runs, {tally.deliveries:,} deliveries, "
                + (f"{len(tally.failed)} FAILED: {failed}" if failed else "none failed")
            )
        if tally.deliveries >= deliveries:
            break
    return tally, some


def options(deliveries: int) -> list[str]:
    return ["--deliveries", str(deliveries), "--processes", str(PROCESSES)]


def trace_under_other_hashes(seed: str) -> str:
    """The trace of a seed in a process in which sets have another order."""
    program = f"from server.simulation.run import simulate; print(simulate({seed!r}).trace)"
    return printed_under(HASH_SEED, program)


@pytest.mark.proof
def test_t7_every_invariant_holds_in_simulated_hunts(proof: Proof) -> None:
    proof.claims("T7 simulation", "whatever goes wrong, I1 to I11 hold; a seed replays bit for bit")
    tally, some = played(proof.size(ci=5_000_000, long=100_000_000), proof.progress)
    proof.tried(tally.deliveries)
    for failed in tally.failed:
        for one in failed.violations:
            proof.expect(False, f"seed {failed.seed}: {one.invariant} {one.text}")
    for result in some:
        for trace in (simulate(result.seed).trace, trace_under_other_hashes(result.seed)):
            proof.expect(trace == result.trace, f"I11: seed {result.seed} does not replay")
    bug = next(one for one in MUTATIONS if one.name == "saved-at-once")
    proof.bites(bug.breaks, find(bug) is not None)
    proof.figure(
        f"{tally.runs:,} runs, {tally.lives:,} lives of the server, {tally.rate:,.0f} "
        f"deliveries/s, {tally.virtual_s / 3_600:,.0f} hours of play, {len(some)} seeds replayed"
    )


@pytest.mark.proof
def test_t8_every_planted_bug_is_found(proof: Proof) -> None:
    proof.claims("T8 planted bugs", "every planted bug is found within its number of seeds")
    found: list[Found] = []
    for mutation in MUTATIONS:
        proof.tried()
        proof.progress(mutation.name)
        outcome = looked_for(mutation)
        proof.expect(
            outcome is not None, f"{mutation.name}: not within {mutation.found_within} seeds"
        )
        if outcome is not None:
            found.append(outcome)
    most = max(one.seeds for one in found)
    for number in range(most):
        violations = simulate(seed_of(number)).violations
        proof.expect(not violations, f"without any bug, {seed_of(number)}: {violations}")
    seeds = [one.seeds for one in found]
    proof.bites("each of them; the code as it is is not reported on the same seeds", bool(found))
    proof.figure(
        f"{len(found)} of {len(MUTATIONS)} found, median within {median(seeds):.0f} seeds, "
        f"at most {most}"
    )


def looked_for(mutation: Mutation) -> Found | None:
    """What is said of the planted bug within its number of seeds."""
    return find_by_hashes(mutation) if mutation.shows_in_traces else find(mutation)
