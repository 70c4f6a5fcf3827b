"""The leaderboard actor: a projection of committed records, so nobody sees an unsaved find."""

from actors.context import HuntContext
from actors.dispatch import DispatchedActor
from actors.domain.events import HuntSeeded
from actors.domain.leaderboard import Leaderboard
from actors.messages import (
    Activate,
    CommittedRecords,
    LeaderboardChanged,
    LeaderboardStale,
    PublishLeaderboard,
)


class LeaderboardActor(DispatchedActor):
    """Folds what was committed; computes rows only when the hub asks for them."""

    def __init__(self, context: HuntContext, board: Leaderboard, folded_to: int = 0) -> None:
        super().__init__(context.dispatcher)
        self.context = context
        self._board = board
        self._folded_to = folded_to

    @property
    def board(self) -> Leaderboard:
        """The projection. For the dispatcher's thread only."""
        return self._board

    def on_receive(self, message: object) -> None:
        """Handle one message; see `actors.messages` for what each means."""
        match message:
            case CommittedRecords():
                self._fold(message)
            case PublishLeaderboard():
                self._publish()
            case Activate():
                pass
            case _:
                raise TypeError(f"a leaderboard cannot handle {type(message).__name__}")

    def _fold(self, committed: CommittedRecords) -> None:
        apply, is_stale = self._board.apply, False
        for record in committed.records:
            if record.position <= self._folded_to:
                # Game masters who were here before are now shown the board of the new hunt.
                is_stale = is_stale or isinstance(record.event, HuntSeeded)
                continue
            is_stale = apply(record) or is_stale
        if is_stale:
            self.context.publisher.tell(LeaderboardStale(self.context.hunt))

    def _publish(self) -> None:
        board = self._board
        self.context.publisher.tell(
            LeaderboardChanged(
                self.context.hunt, board.rows(True), board.rows(False), board.is_frozen
            )
        )
