"""A hunt by somebody who means no good: every text in it is one of tests/hostile_texts.py."""

from typing import Any

from actors.domain.text import clean_name, clean_text, normalise
from tests import hostile_texts
from tests.integration.clients import Message
from tests.integration.games import Game, plan

NAME_CHARS = 64
"""What plans allow a team or a place to be called."""

PLAYER_CHARS = 32
"""What players may call themselves."""

URGENT = hostile_texts.MARKUP["frame"]
"""The one announcement that pages put in the way of everything else."""

TEXTS = list(hostile_texts.ALL.values())


def names(chars_max: int) -> list[str]:
    """Every text that the server takes for a name of this length, cut to it; no two alike."""
    found: dict[str, str] = {}
    for text in TEXTS:
        name = clean_name(text[:chars_max], chars_max)
        if name is not None:
            found.setdefault(normalise(name), name)
    return list(found.values())


def sayings(chars_max: int) -> list[str]:
    """Every text that the server takes for a message of this length, cut to it."""
    cleaned = (clean_text(text[:chars_max], chars_max) for text in TEXTS)
    return list(dict.fromkeys(text for text in cleaned if text is not None))


def hostile_plan() -> Message:
    """Places are found with "right"; "near" is a near miss."""
    clues = sayings(4_000)
    places = [
        {
            "id": f"place-{number}",
            "name": name,
            "clue": clue,
            "points": 10,
            "at": [57.70 + number / 1_000, 11.96],
            "answers": ["right"],
            "near_misses": {"near": f"{clue[:190]} (near)"},
            "hints": [{"text": f"{clue[:490]} (hint)", "cost": 0}],
        }
        for number, (name, clue) in enumerate(zip(names(NAME_CHARS), clues, strict=False))
    ]
    title = hostile_texts.MARKUP["closing tags"]
    more: dict[str, Any] = {"title": title, "attribution": hostile_texts.MARKUP["image handler"]}
    teams = {"names": names(NAME_CHARS), "size_max": 200}
    return plan(places, teams, hunt="hostile", **more)


async def fill_with_talk(game: Game, team: str) -> None:
    """Players of one team with such names write such messages, and so does the game master."""
    said = iter(sayings(500))
    for name in names(PLAYER_CHARS)[:20]:
        player = await game.join(team, name)
        await player.done("say", text=next(said))
        await player.leave()
    last = await game.join(team, "Witness")
    for text in said:
        await last.done("say", text=text)
    await last.done("hint", location="place-0", hint=0)
    await last.done("claim", location="place-1", answer="right")
    for text in sayings(1_000):
        await game.gm.done("announce", text=text)
    await game.gm.done("announce", text=URGENT, level="urgent")
    await game.gm.done("adjust", team=team, points=5, reason=hostile_texts.MARKUP["svg"])
