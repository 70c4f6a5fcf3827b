from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.server.certificates import Certificate, make_certificate
from tests.server.rig import ServerRig

StartServer = Callable[..., ServerRig]


@pytest.fixture
def start_server() -> Iterator[StartServer]:
    """Starts servers without sockets or disk; they are stopped after the test."""
    with ExitStack() as stack:

        def start(*arguments: Any, **options: Any) -> ServerRig:
            return stack.enter_context(ServerRig(*arguments, **options))

        yield start


@pytest.fixture
def server(start_server: StartServer) -> ServerRig:
    """A server with the usual hunt: otters, terns and seals; a pier, a mill and a tower."""
    return start_server()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate for this machine that nobody but the tests trusts."""
    return make_certificate(tmp_path_factory.mktemp("tls"))
