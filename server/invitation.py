"""An invitation on its way: the token is made here, and nobody but the answer is told it.

Actors and the journal know its digest alone. Should the answer be lost with its connection, the
token is, too: the owner takes the invitation back and makes another.
"""

from collections.abc import Callable

from actors.domain.commands import HuntScoped
from actors.domain.events import StaffInvited
from actors.domain.ids import HuntId, PlayerId, SessionId
from actors.domain.refusals import Refusal
from actors.domain.staff import Staffer
from actors.messages import Accepted, Answer, Joined, Sender
from server import requests
from server.access import staff_digest


class Invited(Accepted, frozen=True, gc=False):
    """The invitation stands in the journal; here is what opens its console."""

    token: str = ""


class Inviter:
    """The return address of an invitation: the owner's own, and it knows the token."""

    def __init__(self, sender: Sender, make_token: Callable[[], str]) -> None:
        self._sender = sender
        self._token = make_token()
        self.session: SessionId = sender.session
        self.player: PlayerId | None = None
        self.staffer: Staffer | None = sender.staffer

    def command(self, request: requests.Invite, hunt: HuntId | None) -> HuntScoped:
        """What the rules are asked; `hunt` is meant when the request names none."""
        scoped = requests.invite_command(request, staff_digest(self._token))
        return scoped if scoped.hunt is not None else HuntScoped(hunt, scoped.command)

    @property
    def busy_from(self) -> int | None:
        """See `Sender`."""
        return self._sender.busy_from

    @busy_from.setter
    def busy_from(self, n: int | None) -> None:
        self._sender.busy_from = n

    def answer(self, answer: Answer) -> None:
        """Deliver the answer, with the token when there is an invitation."""
        if isinstance(answer, Accepted) and isinstance(answer.record.event, StaffInvited):
            answer = Invited(answer.n, answer.record, token=self._token)
        self._sender.answer(answer)

    def has_outcome(self, n: int) -> bool:
        """See `Sender`."""
        return self._sender.has_outcome(n)

    def give_up(self, n: int, is_decided: bool) -> None:
        """See `Sender`."""
        self._sender.give_up(n, is_decided)

    def joined(self, joined: Joined | Refusal) -> None:
        """See `Sender`."""
        self._sender.joined(joined)
