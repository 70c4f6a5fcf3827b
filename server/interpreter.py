"""How the interpreter is set for a process that is one busy loop beside a thread or two."""

import gc
import sys

SWITCH_INTERVAL_S = 0.001
"""Seconds a thread may keep Python's lock while another wants it. Python's default, 5 ms, is
what a claim would wait whenever the persistence actor's thread prepares a commit."""

GC_ALLOCATIONS = 50_000
"""New containers before the collector looks at the youngest ones; Python's default is 700."""

GC_ROUNDS = 100
"""Such looks before it goes over everything that is younger than the last hunt: 250 ms with
10,000 connections. Python's default is 10. Connections break their cycles themselves."""


def switch_often() -> None:
    """Let no thread wait for long while another computes."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)


def calm_collector() -> None:
    """Keep Python's cycle collector from stalling the loop.

    A hunt's state lives as long as the server and holds no cycles to speak of; walking it again
    and again, as the default thresholds do, costs a tenth of the throughput and tens of
    milliseconds at a time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_ALLOCATIONS, GC_ROUNDS, GC_ROUNDS)


def collect_frozen() -> None:
    """Let go of a replaced hunt: its actors hold each other, and were hidden from the collector."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
