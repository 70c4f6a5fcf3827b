"""The snapshots that clients start from. Never a code, an answer or an unbought hint."""

from msgspec.structs import replace

from actors.domain.ids import HuntId, SessionId
from actors.messages import Joined
from server.console_board import staff_entry
from server.desk import Desk
from server.feed import feed_item
from server.hub import LEADERBOARD_ROWS_MAX, HuntTopics
from server.replies import Welcome, You
from server.rights import Rights


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
        places=topics.board.progress.public.places(),
        finds=topics.board.progress.public.finds(),
    )


def game_master_welcome(
    desk: Desk, hunt: HuntId | None, session: SessionId, token: str, rights: Rights, name: str
) -> Welcome:
    """For a game master: the true leaderboard, every team, every announcement."""
    topics = desk.hub.hunts.get(hunt) if hunt is not None else None
    welcome = Welcome(
        session=token,
        applied=desk.gm_applied(session),
        hunt=None,
        team=None,
        you=_game_master(rights, name),
        leaderboard=(),
        announcements=(),
        now=desk.now(),
        hunts=tuple(one for one in desk.hub.hunts if rights.cover(one)),
        teams=(),
    )
    return welcome if topics is None else _with_board(welcome, topics)


def _game_master(rights: Rights, name: str) -> You:
    location = rights.member.location if rights.member is not None else None
    return You("gm", name=name or None, rights=rights.role, location=location)


def _with_board(welcome: Welcome, topics: HuntTopics) -> Welcome:
    """Everything that is saved of the hunt, and who is there."""
    board = topics.board
    progress = board.progress
    teams, cells_more = progress.team_lines(board.live)
    return replace(
        welcome,
        hunt=topics.view_now(welcome.now),
        leaderboard=topics.true[:LEADERBOARD_ROWS_MAX],
        announcements=tuple(topics.announcements),
        closed=tuple(topics.closed),
        is_frozen=topics.is_frozen,
        public_leaderboard=topics.public[:LEADERBOARD_ROWS_MAX] if topics.is_frozen else (),
        teams=teams,
        cells_more=cells_more,
        places=progress.place_lines(),
        locations=progress.location_lines(),
        messages=tuple(progress.messages),
        staff_log=tuple(staff_entry(note) for note in progress.staff_log),
        staff=tuple(progress.staff.values()),
        feed=tuple(feed_item(record) for record in progress.tail),
    )
