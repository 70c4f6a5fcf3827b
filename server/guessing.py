"""How fast join codes and tokens can be guessed. No clock and no timer of its own.

A right code and a wrong one cannot be told apart before they are looked up, so what is bounded is
how many wrong ones an address may have had looked up; `docs/security.md` has the arithmetic. The
bound is a budget: a large burst that a flood of an hour's typing mistakes, or of a joker's script,
does not use up, and that fills again slowly. While anything is left of it nobody is slowed down,
and a right code costs nothing. An empty budget refuses tries, right ones too, until the next part
of a second is there: there is no lock-out that lasts.
"""

import logging

from msgspec import Struct

from server.addresses import site

logger = logging.getLogger("cairn.access")

CODES_BURST = 20_000
"""Wrong join codes of one address at once before it is slowed down: with 1,000 live teams one in
43,000 that any of them was right."""

CODES_PER_S = 2.0
"""Wrong join codes a second that fill up again, for each address and for all that share the
server's budget: 57,600 in eight hours."""

CODES_SERVER_BURST = 40_000
"""Wrong join codes from everywhere at once before every address is held to its small budget."""

CODES_SMALL_BURST = 10
"""Wrong join codes of one address while a thousand addresses guess: a family's typing mistakes."""

CODES_SMALL_PER_S = 1 / 60
"""Wrong join codes a second that fill up again then."""

TOKENS_BURST = 10
"""Wrong game master's tokens of one address at once, when the token is short enough to guess."""

TOKENS_PER_S = 0.1
"""Such tokens a second that fill up again: 2,890 in eight hours."""

TOKENS_SERVER_BURST = 100
"""Such tokens from everywhere at once before every address is held to its small budget."""

TOKENS_SMALL_BURST = 3
"""Such tokens of one address then."""

TOKENS_SMALL_PER_S = 1 / 60
"""Such tokens a second that fill up again then."""

SITES_MAX = 10_000
"""Addresses whose wrong tries are remembered; who failed longest ago is forgotten first."""

ALERT_TRIES = 300
"""Wrong tries from everywhere that raise the alert: a festival's typing mistakes come slower."""

ALERT_TRIES_PER_S = 1.0
"""Wrong tries a second that do not count for it."""

ALERT_INTERVAL_S = 600.0
"""Seconds between two lines in the log, and for which health shows an alert after the last."""

TEAM_JOINS_BURST = 128
"""Devices that may join one team at once: twice as many as it may have. As many consoles may be
opened with one invitation."""

TEAM_JOINS_PER_S = 0.2
"""Devices a second after that. Each join is a record for ever: 720 an hour and not thousands a
second."""


class Budget(Struct, frozen=True):
    """So many tries at once, and so many a second that fill up again."""

    burst: float
    per_s: float


class Spending(Struct):
    """What was spent of a budget, and when that was worked out."""

    spent: float = 0.0
    at: float = 0.0
    """UTC seconds."""

    def wait_s(self, budget: Budget, now: float) -> float:
        """Seconds until there is a whole try left; 0 when there is."""
        self._refill(budget, now)
        return max(0.0, (self.spent - budget.burst + 1.0) / budget.per_s)

    def take(self, budget: Budget, now: float) -> float:
        """Spend one try, as far as there is any; what is spent now."""
        self._refill(budget, now)
        self.spent = min(self.spent + 1.0, budget.burst)
        return self.spent

    def _refill(self, budget: Budget, now: float) -> None:
        # The clock may be set back; nobody gains or loses by that but for a moment.
        self.spent = max(0.0, self.spent - max(0.0, now - self.at) * budget.per_s)
        self.at = now


class _Site:
    """One address's two budgets."""

    __slots__ = ("large", "small")

    def __init__(self) -> None:
        self.large = Spending()
        self.small = Spending()


class Guesses:
    """Wrong tries at one kind of secret, by address and altogether."""

    def __init__(self, each: Budget, server: Budget, small: Budget) -> None:
        """`each` holds for an address until all together have spent `server`, then `small`."""
        self._each, self._server, self._small = each, server, small
        self._sites: dict[str, _Site] = {}
        self._all = Spending()

    def wait_s(self, address: str, now: float) -> float:
        """How long this address has to wait for its next try, in seconds; 0 when it may."""
        place = self._sites.get(site(address)) if self._sites else None
        if place is None:
            return 0.0
        wait_s = place.large.wait_s(self._each, now)
        if self._all.wait_s(self._server, now) > 0.0:
            wait_s = max(wait_s, place.small.wait_s(self._small, now))
        return wait_s

    def note(self, address: str, now: float) -> None:
        """One more wrong try."""
        key = site(address)
        place = self._sites.pop(key, None) or _Site()
        self._sites[key] = place  # At the end: the one that failed last is forgotten last.
        place.large.take(self._each, now)
        place.small.take(self._small, now)
        self._all.take(self._server, now)
        if len(self._sites) > SITES_MAX:
            del self._sites[next(iter(self._sites))]


class GuessAlert:
    """Notices when wrong tries come faster than people mistype. Says so now and then."""

    def __init__(self) -> None:
        self.tries = 0
        """Wrong codes and tokens since the start."""
        self._budget = Budget(ALERT_TRIES, ALERT_TRIES_PER_S)
        self._spending = Spending()
        self._raised_at: float | None = None
        self._logged_at: float | None = None

    def note(self, address: str, now: float) -> None:
        """One more wrong try, of whatever kind."""
        self.tries += 1
        if self._spending.take(self._budget, now) < ALERT_TRIES:
            return
        self._raised_at = now
        if self._logged_at is None or now - self._logged_at >= ALERT_INTERVAL_S:
            self._logged_at = now
            logger.warning(
                "somebody guesses join codes or tokens: %d wrong ones so far, the latest from %s",
                self.tries,
                address,
            )

    def is_raised(self, now: float) -> bool:
        """Whether somebody guesses, or did a moment ago."""
        return self._raised_at is not None and now - self._raised_at < ALERT_INTERVAL_S


def code_guesses() -> Guesses:
    """The budgets for join codes."""
    return Guesses(
        Budget(CODES_BURST, CODES_PER_S),
        Budget(CODES_SERVER_BURST, CODES_PER_S),
        Budget(CODES_SMALL_BURST, CODES_SMALL_PER_S),
    )


def token_guesses() -> Guesses:
    """The budgets for a game master's token that is short enough to guess."""
    return Guesses(
        Budget(TOKENS_BURST, TOKENS_PER_S),
        Budget(TOKENS_SERVER_BURST, TOKENS_PER_S),
        Budget(TOKENS_SMALL_BURST, TOKENS_SMALL_PER_S),
    )


class TeamJoins:
    """How many devices join each team; kept for teams that exist only."""

    def __init__(self) -> None:
        self._budget = Budget(TEAM_JOINS_BURST, TEAM_JOINS_PER_S)
        self._teams: dict[tuple[str, str], Spending] = {}

    def take(self, hunt: str, team: str, now: float) -> bool:
        """One more device; False when the team has to wait a few seconds."""
        spending = self._teams.setdefault((hunt, team), Spending())
        if spending.wait_s(self._budget, now) > 0.0:
            return False
        spending.take(self._budget, now)
        return True

    def drop_hunt(self, hunt: str) -> None:
        """Forget the teams of a hunt that was seeded anew."""
        for key in [key for key in self._teams if key[0] == hunt]:
            del self._teams[key]
