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
