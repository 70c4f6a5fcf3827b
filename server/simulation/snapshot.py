"""What a newcomer must be shown, from the journal alone: nothing that the server remembers."""

from typing import Any

from msgspec import to_builtins

from actors.domain.recovery import HuntImage
from actors.domain.views import team_view

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
    return picture


def differences(shown: Picture, wanted: Picture) -> Picture:
    """What is not shown as it should be: both, by name."""
    return {key: (shown.get(key), wanted[key]) for key in wanted if shown.get(key) != wanted[key]}
