from pathlib import Path

import pytest
from websockets.sync.client import connect

from scripts.bench_children import echo

LIMIT_S = 10.0


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
@pytest.mark.parametrize("is_callback", [False, True])
def test_everything_comes_back_as_it_was_sent(loop: str, is_callback: bool, tmp_path: Path) -> None:
    messages: list[str | bytes] = ["text", b"bytes", "", "a long one " * 10_000]
    with echo(tmp_path, loop, is_callback) as child:
        url = f"ws://{child.address[0]}:{child.address[1]}/"
        with connect(url, compression=None, open_timeout=LIMIT_S) as client:
            for message in messages:
                client.send(message)
            assert [client.recv(LIMIT_S) for _ in messages] == messages
            assert client.ping().wait(LIMIT_S)
            client.close()
            assert client.close_code == 1000
        child.stop()
