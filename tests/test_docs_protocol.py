"""docs/protocol.md says what the code does: each list here is taken from the code."""

import json
from typing import Any, get_args

import msgspec
import pytest
from msgspec import Struct

from actors.admission import BUSY_RETRY_AFTER_MAX_S, BUSY_RETRY_AFTER_S, JOURNAL_AGE_MAX_S
from actors.domain import console_lines, message_list, progress, progress_changes, public_finds
from actors.domain.hunt import LEVELS, Announcement
from actors.domain.leaderboard import LeaderboardRow
from actors.domain.refusals import Reason
from actors.domain.staff import INVITED, MESSAGE_STATES, Role
from actors.domain.team_history import TEAM_SESSIONS_MAX
from actors.domain.views import (
    SNAPSHOT_LOCATIONS_MAX,
    HintView,
    HuntView,
    LocationView,
    TeamView,
)
from actors.ladder import Mode, Step
from server import (
    connection,
    console_board,
    guessing,
    handshake,
    hub,
    keepalive,
    outbox,
    protocol,
    replies,
    session,
    session_input,
)
from server.close_codes import CloseCode
from server.feed import FEED_EVENTS_MAX, FEED_INTERVAL_S
from server.health import Health
from server.pages import Pages
from server.requests import NUMBER_MAX, GameMasterRequest, Opening, PlayerRequest
from tests.markdown import Table, codes, document
from tests.struct_names import fields, structs, tag

PROTOCOL = document("docs/protocol.md")

OBJECTS: dict[str, type[Struct]] = {
    "Welcome": replies.Welcome,
    "accepted": replies.Accepted,
    "refused": replies.Refused,
    "saved": replies.Saved,
    "Hunt": HuntView,
    "Team": TeamView,
    "Location": LocationView,
    "Hint": HintView,
    "Leaderboard row": LeaderboardRow,
    "Announcement": Announcement,
    "Team line": console_lines.TeamLine,
    "Cell": console_lines.Cell,
    "Location line": console_lines.LocationLine,
    "Place line": console_lines.PlaceLine,
    "Message": console_lines.MessageLine,
    "Staff line": console_lines.StaffLine,
    "Staff log entry": replies.StaffEntry,
    "Feed item": replies.FeedItem,
    "Public find": console_lines.PublicFind,
    "Public place": console_lines.PublicPlace,
}
"""Heading in the protocol -> what is described there."""

REQUESTS = {
    "First message": Opening,
    "Requests of players": PlayerRequest,
    "Requests of game masters": GameMasterRequest,
}


def missing_fields(table: Table, kinds: dict[str, type[Struct]]) -> list[str]:
    """Fields of the types that their rows do not name."""
    return [
        f"{name}.{one}"
        for name, kind in kinds.items()
        for one in sorted(fields(kind) - set(codes(table[name].text)))
    ]


@pytest.mark.parametrize("heading", REQUESTS)
def test_every_request_is_documented_with_its_fields(heading: str) -> None:
    kinds = {tag(kind): kind for kind in get_args(REQUESTS[heading])}
    table = PROTOCOL.tables(heading)[0]
    assert table.keys() == kinds.keys()
    assert missing_fields(table, kinds) == []


def test_every_field_of_a_request_has_its_limits() -> None:
    explained = [PROTOCOL.tables(heading)[1] for heading in list(REQUESTS)[1:]]
    for heading, table in zip(list(REQUESTS)[1:], explained, strict=True):
        wanted = {name for kind in get_args(REQUESTS[heading]) for name in fields(kind)}
        assert wanted - {"n"} == table.keys() - {"n"}, heading
    assert "n" in explained[0]
    assert set(LEVELS) <= set(codes(explained[1]["level"].text))
    assert set(Step) <= set(codes(explained[1]["step"].text))
    assert set(Mode) <= set(codes(explained[1]["mode"].text))
    assert set(INVITED) <= set(codes(explained[1]["role"].text))
    assert set(MESSAGE_STATES) <= set(codes(explained[1]["state"].text))


def test_the_rights_of_every_role_are_documented() -> None:
    (table,) = PROTOCOL.tables("Rights")
    assert list(table) == list(Role)


@pytest.mark.parametrize("heading", OBJECTS)
def test_every_field_of_an_answer_is_documented(heading: str) -> None:
    (table,) = PROTOCOL.tables(heading)
    assert table.keys() == fields(OBJECTS[heading])
    if "always there" in str(table):
        required = {
            one.encode_name for one in msgspec.structs.fields(OBJECTS[heading]) if one.required
        }
        assert {key for key, row in table.items() if "always there" in row.text} == required


def test_the_parts_of_answers_are_documented() -> None:
    (welcome,), (accepted,) = PROTOCOL.tables("Welcome"), PROTOCOL.tables("accepted")
    assert fields(replies.You) <= set(codes(welcome["you"].text))
    assert fields(replies.SeededTeam) <= set(codes(accepted["teams"].text))
    assert fields(replies.Invitation) <= set(codes(accepted["staff"].text))
    (place,) = PROTOCOL.tables("Place line")
    assert fields(console_lines.HintPrice) <= set(codes(place["hints"].text))


def test_every_push_is_documented_with_its_fields() -> None:
    kinds = {tag(kind): kind for kind in structs(replies) if kind.__name__.endswith("Push")}
    (table,) = PROTOCOL.tables("Pushes")
    assert table.keys() == kinds.keys()
    assert missing_fields(table, kinds) == []


def test_every_message_of_the_server_is_an_answer_a_push_or_part_of_one() -> None:
    described = {*OBJECTS.values(), replies.You, replies.SeededTeam, replies.Invitation}
    rest = set(structs(replies)) - described
    assert [kind.__name__ for kind in rest if not kind.__name__.endswith("Push")] == []


def test_every_reason_is_explained() -> None:
    (table,) = PROTOCOL.tables("Reasons")
    assert table.keys() == set(Reason)
    assert [key for key, row in table.items() if not all(row.cells)] == []


def test_every_close_code_says_whether_to_reconnect() -> None:
    own, _ = PROTOCOL.tables("Close codes")
    assert own.keys() == {str(int(code)) for code in CloseCode}
    for code in CloseCode:
        row = own[str(int(code))]
        assert codes(row.cells[1]) == [code.name.lower()]
        assert row.cells[3] == ("yes" if code < 4500 else "no"), code


def test_every_page_is_documented() -> None:
    (table,) = PROTOCOL.tables("HTTP")
    at_the_root = {path for path in Pages(look=unasked).files if not path.startswith("/web/")}
    assert table.keys() == {"/ws", "/healthz", "/readyz", "/metrics", "/web/…", *at_the_root}


def unasked() -> Health:
    """No page is asked for here."""
    raise NotImplementedError


def test_every_number_of_the_protocol_is_that_of_the_code() -> None:
    players = f"{protocol.FRAME_BYTES_MAX // 1024} KiB"
    limits = {
        "A message of a player, a watcher, or anybody before the welcome": players,
        "A message of a game master": f"{protocol.SEED_FRAME_BYTES_MAX // 2**20} MiB",
        "Requests before the welcome": f"{session.EARLY_FRAMES_MAX}",
        "Requests without an answer": f"{session_input.IN_FLIGHT_MAX} ",
        "Bytes that wait for a slow client": f"{outbox.OUTBOX_BYTES_MAX // 1024} KiB",
        "Devices of a team": f"{TEAM_SESSIONS_MAX}",
        "Wrong join codes": f"{guessing.CODES_BURST:,} of one address at once, then "
        f"{guessing.CODES_PER_S:g} a second",
        "Wrong game master's tokens": f"{guessing.TOKENS_BURST} of one address at once, then one "
        f"every {1 / guessing.TOKENS_PER_S:g} s",
        "Devices that join one team": f"{guessing.TEAM_JOINS_BURST} at once, then one every "
        f"{1 / guessing.TEAM_JOINS_PER_S:g} s",
    }
    timing = {
        "Handshake": f"{handshake.HANDSHAKE_S:g} s",
        "First message": f"{connection.FIRST_MESSAGE_S:g} s",
        "Pings by the server": f"every {keepalive.KEEPALIVE_INTERVAL_S:g} s",
        "`retry_after` of `busy`": f"{BUSY_RETRY_AFTER_S:g} s to {BUSY_RETRY_AFTER_MAX_S:g} s",
        "Closing handshake": f"{connection.CLOSE_S:g} s",
    }
    for heading, wanted in (("Limits", limits), ("Timing", timing)):
        rows = {row.cells[0]: row.cells[1] for row in PROTOCOL.tables(heading)[0].values()}
        assert [key for key, text in wanted.items() if not rows[key].startswith(text)] == []


def test_every_number_in_a_sentence_of_the_protocol_is_that_of_the_code() -> None:
    phrases = (
        f"at most every {hub.LEADERBOARD_INTERVAL_S:g} s",
        f"Best first, at most {hub.LEADERBOARD_ROWS_MAX}.",
        f"at most {hub.LEADERBOARD_ROWS_MAX} [rows](#leaderboard-row)",
        f"never fewer than {hub.LEADERBOARD_ROWS_MIN}",
        f"every team, at most {progress.TEAM_LINES_MAX:,}",
        f"as [place lines](#place-line), at most {progress.LOCATION_LINES_MAX:,}",
        f"a welcome has at most {progress.CELLS_MAX:,}",
        f"oldest first, at most {progress_changes.STAFF_LOG_MAX}.",
        f"the newest {progress.FEED_TAIL} events",
        f"the newest {public_finds.FINDS_SHOWN} finds",
        f"at most every {console_board.PROGRESS_INTERVAL_S:g} s",
        f"at most {progress_changes.PUSHED_TEAMS_MAX} team lines with "
        f"{progress_changes.PUSHED_CELLS_MAX} cells, {progress_changes.PUSHED_LOCATIONS_MAX} "
        f"location lines, {progress_changes.PUSHED_PLACES_MAX} place lines, "
        f"{progress_changes.PUSHED_MESSAGES_MAX} messages\n  and "
        f"{progress_changes.PUSHED_NOTES_MAX} entries of the staff log",
        f"Of `staff_log` keep the newest {progress_changes.STAFF_LOG_MAX}.",
        f"keep the newest {message_list.MESSAGES_NEWEST}, and of the older ones the\n  newest "
        f"{message_list.MESSAGES_WAITING_MAX} that are not `done`",
        f"none before the start; at most {SNAPSHOT_LOCATIONS_MAX:,}",
        f"at most {FEED_EVENTS_MAX} events every {FEED_INTERVAL_S:g} s",
        f"1 to {NUMBER_MAX:,}",
        f"waited for longer than {JOURNAL_AGE_MAX_S:g} s",
        f"every {hub.LEADERBOARD_SHED_INTERVAL_S:g} s while leaderboards are shed",
        f"every {hub.POSITIONS_SHED_FACTOR * hub.POSITIONS_INTERVAL_S:g} s or not at all",
    )
    assert [phrase for phrase in phrases if phrase not in PROTOCOL.text] == []


def test_the_subprotocols_are_those_of_the_code() -> None:
    assert {protocol.JSON_SUBPROTOCOL, protocol.MSGPACK_SUBPROTOCOL} == PROTOCOL.tables(
        "Connecting"
    )[0].keys()


def test_every_example_is_a_message_of_the_protocol() -> None:
    wire = protocol.JsonWire()
    readers = [wire.opening, wire.player, wire.game_master]
    ours = {
        tag(kind): kind
        for kind in structs(replies)
        if tag(kind) not in ("None", replies.PositionsPush.__struct_config__.tag)
    }
    seen = set()
    for example in PROTOCOL.values():
        seen.add(example["t"])
        frame = json.dumps(example).encode()
        kind = ours.get(example["t"])
        if kind is not None:
            again = msgspec.json.encode(msgspec.json.decode(frame, type=kind))
            assert json.loads(again) == example
        else:
            assert any(reads(read, frame, example) for read in readers), example
    assert ours.keys() <= seen


def reads(read: Any, frame: bytes, example: dict[str, Any]) -> bool:
    """Whether a reader takes the frame, and knows every field of it."""
    try:
        return fields(type(read(frame))) >= example.keys() - {"t"}
    except protocol.MalformedFrame:
        return False
