"""Is a history of one location linearisable? A search in the manner of Wing and Gong.

A history holds for each operation when it was asked, when it was answered, and the answer. It is
linearisable when the operations can be put into one order that respects real time (what was
answered before another was asked comes first) and in which the model gives exactly these answers.
"""

import math
from collections.abc import Sequence

from msgspec import Struct

Result = tuple[object, ...]


class Operation(Struct, frozen=True):
    """One operation on one location."""

    kind: str
    """claim, void or restore"""
    team: str
    asked: float
    answered: float = math.inf
    """`inf`: nobody knows; it may have happened at any time, or never."""
    result: Result | None = None


class Place(Struct, frozen=True):
    """The model: who found it, in order, and whether each find is void."""

    stock: int
    bonus: tuple[int, ...]
    finds: tuple[tuple[str, bool], ...] = ()

    @property
    def standing(self) -> int:
        return sum(not is_void for _, is_void in self.finds)

    def apply(self, kind: str, team: str) -> tuple["Place", Result]:
        """The place after an operation, and the answer that must be given."""
        is_void = dict(self.finds).get(team)
        if kind == "claim":
            return self._claim(team, is_void)
        if is_void is None:
            return self, ("refused", "not_found")
        if is_void is (kind == "void"):
            return self, ("refused", "no_change")
        if kind == "restore" and self.standing >= self.stock:
            return self, ("refused", "stock_gone")
        finds = tuple((one, not void if one == team else void) for one, void in self.finds)
        return Place(self.stock, self.bonus, finds), ("accepted",)

    def _claim(self, team: str, is_void: bool | None) -> tuple["Place", Result]:
        if is_void is not None:
            return self, ("refused", "not_allowed" if is_void else "already_found")
        rank = self.standing + 1
        if rank > self.stock:
            return self, ("refused", "stock_gone")
        bonus = self.bonus[rank - 1] if rank <= len(self.bonus) else 0
        after = Place(self.stock, self.bonus, (*self.finds, (team, False)))
        return after, ("accepted", rank, bonus)


def is_linearisable(history: Sequence[Operation], place: Place) -> bool:
    """Whether some order of the operations explains every answer."""
    needed = sum(1 << i for i, one in enumerate(history) if one.result is not None)
    seen: set[tuple[int, Place]] = set()
    ahead = [(0, place)]
    while ahead:
        done, state = ahead.pop()
        if done & needed == needed:
            return True
        if (done, state) in seen:
            continue
        seen.add((done, state))
        left = [(i, one) for i, one in enumerate(history) if not done >> i & 1]
        first_answer = min(one.answered for _, one in left)
        for i, one in left:
            if one.asked > first_answer:
                continue
            after, result = state.apply(one.kind, one.team)
            if one.result is None or one.result == result:
                ahead.append((done | 1 << i, after))
    return False
