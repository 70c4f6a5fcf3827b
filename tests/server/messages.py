"""One example of every message that clients may send, and what hypothesis may make of them."""

from typing import Any

from hypothesis import strategies as st

Message = dict[str, Any]

OPENINGS: list[Message] = [
    {"t": "join", "code": "K7QX3M2P", "name": "Ada"},
    {"t": "join", "session": "0123456789abcdef"},
    {"t": "gm", "token": "secret"},
    {"t": "gm", "token": "secret", "hunt": "harbour", "session": "0123456789abcdef"},
    {"t": "gm", "token": "secret", "name": "Ann"},
    {"t": "watch", "hunt": "harbour"},
]

PLAYER_REQUESTS: list[Message] = [
    {"t": "claim", "n": 1, "location": "pier", "code": "LUMEN"},
    {"t": "claim", "n": 2**53 - 1, "location": "mill", "answer": "Gräfin \U0001f30a"},
    {
        "t": "claim",
        "n": 3,
        "location": "tower",
        "position": {"lat": 57.7, "lon": 11.9, "accuracy": 5.0},
        "at": 1_800_000_000.5,
    },
    {"t": "claim", "n": 4, "location": "tower", "position": {"lat": 57, "lon": -11}},
    {"t": "hint", "n": 5, "location": "pier", "hint": 0},
    {"t": "say", "n": 6, "text": "Is this it?"},
    {"t": "seen", "n": 7, "announcement": 1},
    {"t": "position", "lat": -90.0, "lon": 180.0},
    {"t": "ping"},
    {"t": "position", "lat": 57.7, "lon": 11.9, "accuracy": 5.0},
]

GAME_MASTER_REQUESTS: list[Message] = [
    {"t": "announce", "n": 1, "text": "Hello", "to": "all", "level": "urgent"},
    {"t": "announce", "n": 2, "text": "Hello", "to": ["otters", "Terns"]},
    {"t": "announce", "n": 2, "text": "Hello", "to": "otters"},
    {"t": "start", "n": 3, "hunt": "harbour"},
    {"t": "pause", "n": 4},
    {"t": "resume", "n": 5},
    {"t": "finish", "n": 6},
    {"t": "freeze", "n": 7},
    {"t": "thaw", "n": 8},
    {"t": "open", "n": 9, "location": "pier"},
    {"t": "close", "n": 10, "location": "pier", "hunt": "harbour"},
    {"t": "adjust", "n": 11, "team": "otters", "points": -5, "reason": "late"},
    {"t": "void", "n": 12, "team": "otters", "location": "pier", "reason": "wrong door"},
    {"t": "restore", "n": 13, "team": "otters", "location": "pier"},
    {"t": "disqualify", "n": 14, "team": "otters", "reason": "unfair"},
    {"t": "reinstate", "n": 15, "team": "otters"},
    {"t": "seed", "n": 16, "plan": {"version": 1, "hunt": "park"}, "replace": True},
    {"t": "seed", "n": 17, "plan": "version: 1\nhunt: park\n"},
    {"t": "extend", "n": 19, "seconds": -600, "reason": "storm"},
    {"t": "grant", "n": 20, "team": "otters", "location": "pier", "hint": 1, "reason": "fog"},
    {"t": "handle", "n": 21, "message": 7, "state": "claimed"},
    {"t": "invite", "n": 22, "name": "Ben", "role": "station", "location": "pier"},
    {"t": "invite", "n": 23, "name": "Cleo", "role": "viewer", "hunt": "harbour"},
    {"t": "revoke", "n": 24, "staff": "s1"},
    {"t": "cards", "n": 25},
    {"t": "shed", "n": 18, "step": "map", "mode": "on"},
]

ALL = [*OPENINGS, *PLAYER_REQUESTS, *GAME_MASTER_REQUESTS]

_scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
)
values = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
"""Whatever both encodings can carry."""


@st.composite
def spoiled(draw: st.DrawFn) -> Message:
    """A real message with some fields replaced, added or left out."""
    message = dict(draw(st.sampled_from(ALL)))
    for _ in range(draw(st.integers(1, 3))):
        key = draw(st.sampled_from(sorted(message) or ["t"]) | st.text(max_size=8))
        if draw(st.booleans()):
            message[key] = draw(values)
        else:
            message.pop(key, None)
    return message
