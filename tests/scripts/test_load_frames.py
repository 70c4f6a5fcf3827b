import pytest
from websockets.frames import Opcode
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from actors.domain.ids import LocationId
from scripts.load_frames import (
    CODE,
    ENCODINGS,
    PONG,
    Claims,
    Encoding,
    JsonEncoding,
    location_id,
    masked,
)
from server.protocol import JsonWire, MsgpackWire, Wire
from server.replies import Accepted, Refused, Saved
from server.requests import Claim, Join

WIRES: dict[str, Wire] = {"json": JsonWire(), "msgpack": MsgpackWire()}


def read(frames: bytes) -> list[bytes]:
    """What the library that the server uses makes of a client's frames."""
    protocol = ServerProtocol(state=OPEN)
    protocol.receive_data(frames)
    return [bytes(frame.data) for frame in protocol.events_received()]  # type: ignore[union-attr]


@pytest.fixture(params=sorted(ENCODINGS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("length", [0, 125, 126, 65_535, 65_536])
def test_a_frame_of_any_length_is_read_by_the_server(length: int) -> None:
    assert read(masked(PONG if length < 126 else Opcode.BINARY | 0x80, b"x" * length)) == [
        b"x" * length
    ]


def test_claims_are_what_the_server_expects(name: str) -> None:
    claims = Claims(ENCODINGS[name](), 300)
    for n, offset in ((1, 0), (127, 0), (128, 5), (255, 299), (300, 7_919)):
        (data,) = read(claims.frame(n, offset))
        claim = WIRES[name].player(data)
        assert claim == Claim(n, LocationId(location_id((n + offset) % 300)), code=CODE)


def test_a_team_claims_every_location_once(name: str) -> None:
    claims = Claims(ENCODINGS[name](), 50)
    frames = [read(claims.frame(n, 13))[0] for n in range(1, len(claims) + 1)]
    found = {claim.location for data in frames if isinstance(claim := _player(name, data), Claim)}
    assert len(found) == 50


def _player(name: str, data: bytes) -> object:
    return WIRES[name].player(data)


def test_the_opening_joins_with_the_code(name: str) -> None:
    (data,) = read(ENCODINGS[name]().opening("K7QX3M2P"))
    assert WIRES[name].opening(data) == Join("K7QX3M2P", "Load")


@pytest.mark.parametrize("n", [1, 127, 128, 255, 256, 65_535, 65_536, 10_000_000])
def test_the_servers_answers_are_recognised_by_their_first_letters_and_last_number(
    name: str, n: int
) -> None:
    encoding, encode = ENCODINGS[name](), WIRES[name].encode
    for message, letters in (
        (Accepted(n, points=10, saved=n), b"ac"),
        (Refused(n, "busy", "Wait", 0.5, saved=n), b"re"),
    ):
        data = encode(message)
        assert data[encoding.kind_offset :][:2] == letters
        assert riding(encoding, data) == n
    saved = encode(Saved(n))
    assert saved[encoding.kind_offset :][:2] == b"sa"
    assert encoding.number(saved[encoding.own_saved_offset :]) == n


def riding(encoding: Encoding, data: bytes) -> int:
    start = data.rfind(encoding.riding, len(data) - encoding.riding_bytes_max)
    assert start >= 0
    return encoding.number(data[start + len(encoding.riding) :])


def test_an_answer_without_a_saved_has_none_riding() -> None:
    data = WIRES["json"].encode(Accepted(1, points=10))
    assert JsonEncoding.riding not in data
