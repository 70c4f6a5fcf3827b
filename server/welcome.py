"""The snapshots that clients start from. Never a code, an answer or an unbought hint."""

from actors.domain.ids import HuntId, SessionId
from actors.messages import Joined
from server.desk import Desk
from server.hub import LEADERBOARD_ROWS_MAX, HuntTopics
from server.replies import TeamLine, Welcome, You
from server.rights import Rights

TEAM_LINES_MAX = 2_000
"""Teams that a game master's welcome lists; the leaderboard push has the rest's ranks."""


def player_welcome(desk: Desk, joined: Joined, token: str) -> Welcome:
    """For a player: the team as it is, and what everybody may see."""
    topics = desk.hub.hunts[joined.hunt]
    return Welcome(
        session=token,
        applied=joined.applied,
        hunt=topics.view_now(desk.now()),
        team=joined.team,
        you=You("player", joined.player, joined.name),
        leaderboard=topics.public[:LEADERBOARD_ROWS_MAX],
        announcements=desk.hub.announcements_for(joined.hunt, joined.team.id),
        now=desk.now(),
        closed=tuple(topics.closed),
        is_frozen=topics.is_frozen,
    )


def watcher_welcome(desk: Desk, hunt: HuntId) -> Welcome:
    """For anybody who looks on."""
    topics = desk.hub.hunts[hunt]
    return Welcome(
        session="",
        applied=0,
        hunt=topics.view_now(desk.now()),
        team=None,
        you=You("watch"),
        leaderboard=topics.public[:LEADERBOARD_ROWS_MAX],
        announcements=desk.hub.announcements_for(hunt, None),
        now=desk.now(),
        closed=tuple(topics.closed),
        is_frozen=topics.is_frozen,
    )


def game_master_welcome(
    desk: Desk, hunt: HuntId | None, session: SessionId, token: str, rights: Rights, name: str
) -> Welcome:
    """For a game master: the true leaderboard, every team, every announcement."""
    topics = desk.hub.hunts.get(hunt) if hunt is not None else None
    return Welcome(
        session=token,
        applied=desk.gm_applied(session),
        hunt=topics.view_now(desk.now()) if topics is not None else None,
        team=None,
        you=_game_master(rights, name),
        leaderboard=topics.true[:LEADERBOARD_ROWS_MAX] if topics is not None else (),
        announcements=tuple(topics.announcements) if topics is not None else (),
        now=desk.now(),
        closed=tuple(topics.closed) if topics is not None else (),
        is_frozen=topics.is_frozen if topics is not None else False,
        hunts=tuple(one for one in desk.hub.hunts if rights.cover(one)),
        teams=_team_lines(topics) if topics is not None else (),
    )


def _game_master(rights: Rights, name: str) -> You:
    location = rights.member.location if rights.member is not None else None
    return You("gm", name=name or None, rights=rights.role, location=location)


def _team_lines(topics: HuntTopics) -> tuple[TeamLine, ...]:
    """Every team with what is saved of it: nobody but the team itself is shown more."""
    scores = {row.team: row.score for row in topics.true}
    return tuple(
        TeamLine(
            seat.id,
            seat.name,
            scores.get(seat.id, 0),
            len(topics.teams.get(seat.id, ())),
            seat.id not in scores,
        )
        for seat in topics.plan.teams[:TEAM_LINES_MAX]
    )
