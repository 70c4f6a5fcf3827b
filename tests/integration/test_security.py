"""The outer wall of a real server: pages, origins, addresses, TLS, and what it says in the end."""

import asyncio
import os
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace
from websockets.asyncio.client import connect

from server.app import App
from server.config import Config, load
from tests import hostile_texts
from tests.integration.clients import PATIENCE_S, run
from tests.integration.games import SIMPLE, healthy_game, playing, seed
from tests.integration.harness import GM_TOKEN, REPOSITORY, InProcessServer
from tests.integration.raw_http import (
    Try,
    exchange,
    handshake,
    http_violations,
    request,
    wrong_with,
)
from tests.server.certificates import Certificate, make_certificate


class ConfiguredServer(InProcessServer):
    """With other settings than the defaults."""

    def __init__(self, db: Path, **settings: object) -> None:
        super().__init__(db)
        config = Config("127.0.0.1", 0, db, None, 1_000, "warning", GM_TOKEN)
        self.app = App(replace(config, **settings))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"))


# HTTP ---------------------------------------------------------------------------------------


def test_every_route_and_every_error_has_the_headers_and_nothing_to_hide(db: Path) -> None:
    async def scenario() -> None:
        async with healthy_game(db) as (_game, server, _):
            assert await http_violations(server.port) == []

    run(scenario())


def test_when_all_connections_are_taken_the_refusal_has_them_too(db: Path) -> None:
    async def scenario() -> None:
        async with ConfiguredServer(db, connections_max=1) as server:
            await server.connect()
            full = Try("full", handshake(), (503,))
            answer = await exchange(server.port, full.data)
            assert wrong_with(full, answer) == []
            assert answer.headers["retry-after"]
            assert (await exchange(server.port, request("GET /healthz HTTP/1.1"))).status == 200

    run(scenario())


@pytest.mark.parametrize("group", ["MARKUP", "LINKS", "TEMPLATES"])
def test_what_people_write_is_in_no_page(db: Path, group: str) -> None:
    texts: dict[str, str] = getattr(hostile_texts, group)

    async def scenario() -> None:
        async with playing(db, SIMPLE) as (game, server):
            ada = await game.join("otters", "<b>Ada</b>")
            for text in texts.values():
                said = await ada.ask("say", text=text)
                assert said["t"] == "accepted"
                await game.gm.done("announce", text=text)
                await game.gm.done("adjust", team="otters", points=1, reason=text)
            shown = (await server.watch("harbour")).welcome["announcements"]
            assert [one["text"] for one in shown] == list(texts.values()), "as text, unchanged"
            for path in (
                "/",
                "/gm",
                "/screen",
                "/settings.json",
                "/healthz",
                "/metrics",
                "/nothing",
            ):
                body = (await exchange(server.port, request(f"GET {path} HTTP/1.1"))).body
                assert not [text for text in ["<b>Ada", *texts.values()] if text.encode() in body]

    run(scenario())


def test_hostile_names_join_as_text_or_not_at_all(db: Path) -> None:
    async def scenario() -> None:
        async with playing(db, SIMPLE | {"teams": {"names": ["Otters"], "size_max": 100}}) as (
            game,
            server,
        ):
            sees = await game.join("otters", "Witness")
            for name in hostile_texts.ALL.values():
                one = await server.connect()
                await one.send({"t": "join", "code": game.codes["otters"], "name": name[:128]})
                answer = await one.take("welcome|error")
                if answer["t"] == "error":
                    assert answer["code"] in ("refused", "malformed")
                else:
                    assert 1 <= len(answer["you"]["name"]) <= 32
                await one.leave()
            assert (await sees.done("say", text="All is well."))["t"] == "accepted"
            assert server.app.core.health.look().actor_failures == 0

    run(scenario())


# Addresses ----------------------------------------------------------------------------------


def test_one_address_holds_so_many_connections_and_no_more(db: Path) -> None:
    async def scenario() -> None:
        settings = {"connections_per_address": 2, "behind_proxy": True}
        trusted = load(["--behind-proxy"], {}).trusted_proxies
        async with ConfiguredServer(db, trusted_proxies=trusted, **settings) as server:
            school = {"X-Forwarded-For": "198.51.100.1, 192.0.2.7"}
            first = await server.connect(additional_headers=school)
            await server.connect(additional_headers=school)
            forwarded = "X-Forwarded-For: 192.0.2.7"
            crowded = Try("crowded", handshake(forwarded), (429,))
            assert wrong_with(crowded, await exchange(server.port, crowded.data)) == []
            other = "X-Forwarded-For: 192.0.2.7, 192.0.2.8"
            assert (await exchange(server.port, handshake(other))).status == 101
            await first.leave()
            while (await exchange(server.port, handshake(forwarded))).status == 429:
                pass  # Until the server has noticed.
            for _ in range(5):  # This machine itself is not limited.
                await server.connect()

    run(scenario())


def test_a_flood_of_guesses_is_counted_for_who_sends_it_and_not_for_the_proxy(db: Path) -> None:
    async def scenario() -> None:
        trusted = load(["--behind-proxy"], {}).trusted_proxies
        async with ConfiguredServer(db, behind_proxy=True, trusted_proxies=trusted) as server:
            game = await seed(server, SIMPLE)
            guesses = server.app.core.access.code_guesses
            for _ in range(3):
                eve = await server.connect(additional_headers={"X-Forwarded-For": "192.0.2.9"})
                await eve.send({"t": "join", "code": "WRONGONE", "name": "Eve"})
                await eve.take("error")
            assert set(guesses._sites) == {"192.0.2.9"}
            await game.join("otters")

    run(scenario())


# TLS ----------------------------------------------------------------------------------------


def test_with_tls_a_game_is_played_over_wss_and_browsers_are_told_to_stay(
    db: Path, certificate: Certificate, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        files = {"tls_cert": certificate.chain, "tls_key": certificate.key}
        async with ConfiguredServer(db, **files) as server:
            tls = certificate.client_context()
            hsts = {"strict-transport-security": "max-age=31536000"}
            assert await http_violations(server.port, tls, **hsts) == []
            url = f"wss://127.0.0.1:{server.port}/ws"
            async with connect(url, ssl=tls, proxy=None, compression=None) as socket:
                await socket.send('{"t":"watch","hunt":"nowhere"}')
                assert "unknown_hunt" in await socket.recv()
            plain = await exchange(server.port, request("GET / HTTP/1.1"))
            assert plain.status == 0, "nothing is said in the clear"

    run(scenario())
    assert [one.getMessage() for one in caplog.records if one.name == "asyncio"] == []


async def starts(db: Path, *flags: str) -> tuple[int | None, str, str]:
    """Run `python -m server` until its first line, or its end."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CAIRN_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server", "--db", str(db), "--port", "0", *flags),
        cwd=REPOSITORY,
        env=environment | {"CAIRN_GM_TOKEN": GM_TOKEN},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    async with asyncio.timeout(PATIENCE_S):
        line = (await process.stdout.readline()).decode()
        if line:
            process.kill()
        errors = (await process.stderr.read()).decode()
        code = await process.wait()
    return (None if line else code), line, errors


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_it_does_not_listen_to_the_world_in_the_clear(db: Path, host: str) -> None:
    code, _, errors = run(starts(db, "--host", host))
    assert code == 2
    assert errors.startswith(f"cairn: --host {host}: other machines could connect")
    assert "Traceback" not in errors
    assert not db.exists()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_on_this_machine_it_starts_as_ever(db: Path, host: str) -> None:
    _, line, errors = run(starts(db, "--host", host))
    shown = f"[{host}]" if ":" in host else host
    assert line.startswith(f"Cairn listens on http://{shown}:"), errors


def test_a_certificate_that_cannot_be_used_is_a_sentence(
    db: Path, certificate: Certificate
) -> None:
    missing = db.with_name("missing.pem")
    code, _, errors = run(starts(db, "--tls-cert", str(missing), "--tls-key", str(missing)))
    assert (code, errors.count("\n")) == (2, 1)
    assert f"the certificate {missing} cannot be read" in errors
    _, line, _ = run(starts(db, *certificate.flags))
    assert line.startswith("Cairn listens on https://127.0.0.1:")
    assert "wss://" in line
