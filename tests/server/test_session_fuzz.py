"""Whatever clients send: no session raises, and each ends as it should."""

import json
from typing import Any

import msgpack  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from server.protocol import Wire
from server.session_output import Stage
from tests.domain.given import HUNT
from tests.server.messages import ALL, spoiled, values
from tests.server.rig import JSON, MSGPACK, Client, ServerRig

frames = st.lists(
    st.one_of(
        st.tuples(st.just("map"), st.sampled_from(ALL)),
        st.tuples(st.just("map"), spoiled()),
        st.tuples(st.just("map"), values),
        st.tuples(st.just("bytes"), st.binary(max_size=40)),
    ),
    min_size=1,
    max_size=12,
)


def somebody(server: ServerRig, who: str, wire: Wire) -> Client:
    match who:
        case "player":
            return server.player(wire=wire)
        case "gm":
            return server.game_master(wire)
        case "watch":
            client = server.connect(wire)
            client.open("watch", hunt=HUNT)
            return client
        case _:
            return server.connect(wire)


def encoded(wire: Wire, kind: str, content: Any) -> bytes:
    if kind == "bytes":
        assert isinstance(content, bytes)
        return content
    data: bytes = msgpack.packb(content) if wire is MSGPACK else json.dumps(content).encode()
    return data


@settings(max_examples=60, deadline=None)
@given(
    who=st.sampled_from(["player", "gm", "watch", "nobody"]),
    wire=st.sampled_from([JSON, MSGPACK]),
    sent=frames,
    is_patient=st.booleans(),
)
def test_no_frame_makes_a_session_or_an_actor_raise(
    who: str, wire: Wire, sent: list[tuple[str, Any]], is_patient: bool
) -> None:
    with ServerRig() as server:
        client = somebody(server, who, wire)
        for kind, content in sent:
            client.session.on_frame(encoded(wire, kind, content), wire.is_text)
            if is_patient:
                server.rig.commit()
        client.received()
        assert server.failures == []
        is_over = client.stage is Stage.CLOSED
        assert is_over is (client.closed_with is not None)
        watching = server.hub.hunts[HUNT].audience_size()
        assert watching == (0 if is_over or client.session.hunt != HUNT else 1)
