"""What every actor of one hunt shares: its plan, its journal, whom to tell."""

from msgspec import Struct

from actors.directory import HuntDirectory
from actors.dispatch import Dispatcher
from actors.domain.ids import HuntId
from actors.domain.plan import HuntPlan
from actors.domain.refusals import Reason, Refusal
from actors.journal import Journal
from actors.messages import Order, Publisher, Refused, Request, Sender


class HuntContext(Struct, frozen=True):
    """The surroundings of a hunt's actors; they differ only in state."""

    plan: HuntPlan
    dispatcher: Dispatcher
    journal: Journal
    directory: HuntDirectory
    publisher: Publisher

    @property
    def hunt(self) -> HuntId:
        """The hunt's id."""
        return self.plan.hunt


def busy(journal: Journal) -> Refusal:
    """Not processed for now; to be sent again, the later the longer nothing was saved."""
    return Refusal(
        Reason.BUSY, "Cairn is very busy; this is sent again by itself.", journal.retry_after_s()
    )


def refuse(
    request: Request | Order, refusal: Refusal, journal: Journal, details: tuple[str, ...] = ()
) -> None:
    """Answer with a refusal, which rests on everything decided so far."""
    if refusal.reason is Reason.BUSY:
        close_gate(request.sender, request.n)
    request.sender.answer(Refused(request.n, refusal, journal.tail, details=details))


def close_gate(sender: Sender, n: int) -> None:
    """From `n` on, answer this connection `busy` until `n` itself comes again.

    Not for a copy of a request that was dealt with: it will not come again.
    """
    if sender.has_outcome(n):
        return
    if sender.busy_from is None or n < sender.busy_from:
        sender.busy_from = n


def give_up(request: Request | Order, is_decided: bool) -> None:
    """Nothing can be told of this request: its connection ends, and its client comes back.

    Unless it is decided, nothing later of that connection is before it has come again.
    """
    if not is_decided:
        close_gate(request.sender, request.n)
    request.sender.give_up(request.n, is_decided)


def is_gated(request: Request) -> bool:
    """Whether an earlier request of this connection must come again before this one."""
    gate = request.sender.busy_from
    return gate is not None and request.n > gate


def open_gate(request: Request) -> None:
    """The request that was answered `busy` came again, so that later ones may follow it.

    An earlier one, still queued when the gate closed, must leave it closed.
    """
    if request.sender.busy_from == request.n:
        request.sender.busy_from = None
