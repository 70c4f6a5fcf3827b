"""The edges of a rig: fakes that record what real actors tell the disk, the hub and people."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from actors.domain.events import Record
from actors.domain.ids import HuntId, PlayerId, SessionId, TeamId
from actors.domain.refusals import Reason, Refusal
from actors.domain.staff import Staffer
from actors.messages import Answer, Joined, Push, Refused, Sender


class RecordingWriter:
    """The disk: keeps what it is handed, in order."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def append(self, records: Sequence[Record]) -> None:
        self.records.extend(records)


class RecordingPublisher:
    """The hub: keeps what it is told; somebody looks on at every team."""

    def __init__(self) -> None:
        self.pushes: list[Push] = []
        self.is_watched = True

    def tell(self, push: Push) -> None:
        self.pushes.append(push)

    def has_audience(self, hunt: HuntId, team: TeamId, but: Sender | None) -> bool:
        return self.is_watched

    def of(self, *kinds: type[Any]) -> list[Any]:
        """The pushes of some kinds, oldest first."""
        return [push for push in self.pushes if isinstance(push, kinds)]


class Device:
    """A phone or a game master's console: a `Sender` that remembers what it was answered."""

    _numbers = count(1)

    def __init__(self, player: PlayerId | None = None, staffer: Staffer | None = None) -> None:
        self.session = SessionId(f"{next(self._numbers):032x}")
        self.player = player
        self.staffer = staffer
        self.busy_from: int | None = None
        self.answers: list[Answer] = []
        self.welcomes: list[Joined | Refusal] = []
        self.given_up: list[tuple[int, bool]] = []
        """The requests after which the connection ended, each with whether it was decided."""
        self.n = 0

    def answer(self, answer: Answer) -> None:
        self.answers.append(answer)

    def has_outcome(self, n: int) -> bool:
        return any(
            answer.n == n
            for answer, reason in zip(self.answers, self.reasons, strict=True)
            if reason != "busy"
        )

    def joined(self, joined: Joined | Refusal) -> None:
        self.welcomes.append(joined)
        if isinstance(joined, Joined):
            self.player = joined.player

    def give_up(self, n: int, is_decided: bool) -> None:
        self.given_up.append((n, is_decided))

    def next_n(self) -> int:
        self.n += 1
        return self.n

    @property
    def last(self) -> Answer:
        return self.answers[-1]

    @property
    def reasons(self) -> list[str]:
        """What each answer was: `accepted`, or why it was refused."""
        return [
            answer.refusal.reason.value if isinstance(answer, Refused) else "accepted"
            for answer in self.answers
        ]


class Stammering(Device):
    """A connection whose first answers raise, before they are given."""

    failures = 0

    def answer(self, answer: Answer) -> None:
        if self.failures:
            self.failures -= 1
            raise RuntimeError("planted")
        super().answer(answer)


class Unfoldable(Mapping[Any, Any]):
    """An empty map that no new state can be made of: the rule that tries raises."""

    def __getitem__(self, key: object) -> Any:
        raise KeyError(key)

    def __len__(self) -> int:
        return 0

    def __iter__(self) -> Iterator[Any]:
        raise RuntimeError("this state cannot change")


def reason(given: Answer) -> Reason:
    """Why it was refused; it must have been."""
    assert isinstance(given, Refused), given
    return given.refusal.reason
