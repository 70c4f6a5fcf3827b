from collections import Counter

import pytest

from server.door import Door

DOOR = Door(10, 3, frozenset({"https://hunt.example"}))
HOST = ["play.example:8765"]


@pytest.mark.parametrize(
    "origin",
    [
        "http://play.example:8765",
        "https://play.example:8765",
        "https://PLAY.example:8765",
        "https://hunt.example",
    ],
)
def test_its_own_pages_and_those_of_the_list_may_connect(origin: str) -> None:
    assert DOOR.admits_origin([origin], HOST)


def test_who_names_no_origin_is_no_page() -> None:
    assert DOOR.admits_origin([], HOST)
    assert DOOR.admits_origin([], [])


HOSTILE_ORIGINS = [
    "null",
    "",
    "https://hunt.example.evil",
    "https://evilhunt.example",
    "https://evil.example/https://hunt.example",
    "https://hunt.example@evil.example",
    "https://hunt.example:444",
    "https://hunt.example/",
    "http://hunt.example",
    "http://play.example",
    "http://play.example:8766",
    "http://play.example:8765.evil",
    "http://evil.example:8765",
    "file://play.example:8765",
    "play.example:8765",
    "://play.example:8765",
    "http://play.example:8765\x00",
    "https://hunt.example https://evil.example",
    "*",
]
"""None of these is `DOOR`'s own page at `HOST`, or on its list."""


@pytest.mark.parametrize("origin", HOSTILE_ORIGINS)
def test_pages_of_others_may_not_connect(origin: str) -> None:
    assert not DOOR.admits_origin([origin], HOST)


def test_what_says_two_things_says_nothing() -> None:
    assert not DOOR.admits_origin(["https://hunt.example", "https://evil.example"], HOST)
    assert not DOOR.admits_origin(["http://a.example"], ["a.example", "b.example"])
    assert not DOOR.admits_origin(["http://"], [""])


def test_an_address_may_hold_so_many_connections_and_this_machine_all() -> None:
    assert DOOR.is_crowded("192.0.2.1", Counter({"192.0.2.1": 3}))
    assert not DOOR.is_crowded("192.0.2.1", Counter({"192.0.2.1": 2, "192.0.2.2": 3}))
    assert not DOOR.is_crowded("127.0.0.1", Counter({"127.0.0.1": 3}))
    assert not DOOR.is_crowded("::1", Counter({"::1": 9}))
    assert DOOR.is_full(10)
    assert not DOOR.is_full(9)
