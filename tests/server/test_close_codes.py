import re
from pathlib import Path

import pytest

from server.close_codes import CloseCode

RECONNECT = {
    CloseCode.SLOW_CONSUMER,
    CloseCode.TOO_MANY_TRIES,
    CloseCode.HUNT_REPLACED,
    CloseCode.SERVER_FULL,
    CloseCode.INTERNAL_ERROR,
}
"""What may be better on the next connection."""


@pytest.mark.parametrize("code", CloseCode, ids=lambda code: code.name)
def test_a_code_tells_whether_to_connect_again(code: CloseCode) -> None:
    assert 4_000 <= code < 5_000
    assert (code < 4_500) is (code in RECONNECT)


def test_no_two_names_share_a_code() -> None:
    assert len(CloseCode.__members__) == len({int(code) for code in CloseCode})


def test_names_fit_where_they_are_sent() -> None:
    for code in CloseCode:
        # The reason in a close frame has at most 123 bytes (RFC 6455, section 5.5).
        assert len(code.name) <= 123
        assert re.fullmatch("[a-z_]+", code.name.lower())


def test_the_protocols_reference_lists_every_code() -> None:
    reference = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
    missing = [code.name for code in CloseCode if str(int(code)) not in reference]
    assert missing == []
