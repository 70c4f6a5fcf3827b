"""What a newcomer must be shown, from the journal alone: nothing that the server remembers."""

from typing import Any

import msgspec
from msgspec import to_builtins

from actors.domain.console_lines import Live
from actors.domain.progress import Progress
from actors.domain.recovery import HuntImage
from actors.domain.views import team_view
from server.console_board import staff_entry
from server.simulation.board import Board, public
from server.simulation.link import Message

Picture = dict[str, Any]


def expected(image: HuntImage, role: str, team: str | None, now: float) -> Picture:
    """The picture of `server.simulation.screen`, as the journal has it."""
    announced = [
        one.id
        for one in image.hunt.announcements
        if role == "gm" or one.to is None or (team is not None and team in one.to)
    ]
    picture: Picture = {
        "leaderboard": list(to_builtins(image.board.rows(role != "gm"))),
        "phase": image.hunt.clock.phase.value,
        "closed": sorted(place for place, one in image.locations.items() if not one.is_open),
        "announcements": sorted(announced),
        "states": {},
    }
    state = next((one for own, one in image.teams.items() if own == team), None)
    if state is not None:
        view = team_view(state, image.hunt.plan, now)
        picture |= {
            "score": view.score,
            "target": view.target,
            "players": list(view.players),
            "states": {place.id: place.state for place in view.locations},
        }
    if role == "gm":
        picture |= _board(image.progress).saved()
    if role == "watch":
        finds, places = image.progress.public.finds(), image.progress.public.places()
        picture["public"] = public(_as_sent({"finds": finds, "places": places}))
    return picture


def _board(progress: Progress) -> Board:
    lines, _ = progress.team_lines(lambda _: Live())
    parts = {
        "teams": lines,
        "locations": progress.location_lines(),
        "messages": list(progress.messages),
        "staff_log": [staff_entry(note) for note in progress.staff_log],
        "places": progress.place_lines(),
    }
    return Board(_as_sent(parts))


def _as_sent(parts: dict[str, Any]) -> Message:
    sent: Message = msgspec.json.decode(msgspec.json.encode(parts))
    return sent


def differences(shown: Picture, wanted: Picture) -> Picture:
    """What is not shown as it should be: both, by name."""
    return {key: (shown.get(key), wanted[key]) for key in wanted if shown.get(key) != wanted[key]}
