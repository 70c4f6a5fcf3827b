"""Deep links and what QR codes hold."""

import pytest

from tests.pages.models import Models

LINK = "/web/play/link.js"


@pytest.mark.parametrize(
    ("address", "asks"),
    [
        ("#join=K7QX3M2P", {"join": "K7QX3M2P"}),
        ("#at=pier&code=OPEN%20SESAME", {"at": "pier", "code": "OPEN SESAME"}),
        ("#join=K7QX3M2P&at=pier&code=LUMEN", {"join": "K7QX3M2P", "at": "pier", "code": "LUMEN"}),
        ("#at=pier", None),
        ("#code=LUMEN", None),
        ("", None),
    ],
)
def test_an_address_asks_to_join_or_to_claim(models: Models, address: str, asks: object) -> None:
    assert models.call(LINK, "linkOf", address) == asks


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("https://hunt.example/#at=pier&code=LUMEN", {"at": "pier", "code": "LUMEN"}),
        ("HTTP://10.0.0.5:8765/#at=pier&code=LUMEN", {"at": "pier", "code": "LUMEN"}),
        (" lumen \n", {"code": "lumen"}),
        ("https://hunt.example/menu", None),
        ("x" * 257, None),
        ("  ", None),
    ],
)
def test_a_qr_code_holds_a_link_or_a_bare_code(models: Models, text: str, asks: object) -> None:
    assert models.call(LINK, "scanned", text) == asks


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("K7QX3M2P", "k7qx-3m2p", True),
        ("K7QX3M2P", "K7QX 3M2P ABCD", True),
        ("K7QX3M2P", "K7QX3M2R", False),
        ("K7QX3M2P", None, False),
    ],
)
def test_a_team_has_one_code_however_it_is_written(
    models: Models, one: str, other: str | None, is_same: bool
) -> None:
    assert models.call(LINK, "isSameTeam", one, other) is is_same
