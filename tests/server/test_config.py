from pathlib import Path

import pytest

from server.addresses import parse_networks
from server.config import GM_TOKEN_VARIABLE, SETTINGS, Config, ConfigError, load
from server.log_lines import LogFormat
from server.metrics_page import Exposure
from server.tiles import OSM_TILES, Tiles
from tests.server.certificates import Certificate


def problems(arguments: list[str], environment: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        load(arguments, environment)
    return caught.value.problems


def test_without_anything_the_defaults_are_the_production_configuration() -> None:
    assert load([], {}) == Config(
        host="127.0.0.1",
        port=8765,
        db=Path("cairn.db"),
        origins=None,
        connections_max=15_000,
        log_level="info",
        gm_token=None,
        trusted_proxies=parse_networks("127.0.0.0/8,::1"),
        connections_per_address=4_000,
    )


def test_every_setting_can_be_a_flag_or_a_variable(certificate: Certificate) -> None:
    values = {
        "host": "::1",
        "port": "0",
        "db": "hunt.db",
        "origins": "https://hunt.example, http://localhost:3000",
        "tls_cert": str(certificate.chain),
        "tls_key": str(certificate.key),
        "behind_proxy": "yes",
        "trusted_proxies": "192.0.2.1, 10.0.0.0/8",
        "connections_max": "10",
        "connections_per_address": "5",
        "tiles": "https://tiles.example/{z}/{x}/{y}.png",
        "tiles_attribution": "© Example",
        "log_level": "DEBUG",
        "log_format": "JSON",
        "metrics": "off",
    }
    assert set(values) == {setting.name for setting in SETTINGS}
    flags = [word for s in SETTINGS for word in (s.flag, values[s.name])]
    variables = {setting.variable: values[setting.name] for setting in SETTINGS}
    expected = Config(
        host="::1",
        port=0,
        db=Path("hunt.db"),
        origins=("https://hunt.example", "http://localhost:3000"),
        connections_max=10,
        log_level="debug",
        gm_token=None,
        tls_cert=certificate.chain,
        tls_key=certificate.key,
        behind_proxy=True,
        trusted_proxies=parse_networks("192.0.2.1,10.0.0.0/8"),
        connections_per_address=5,
        tiles=Tiles("https://tiles.example/{z}/{x}/{y}.png", "© Example"),
        log_format=LogFormat.JSON,
        metrics=Exposure.OFF,
    )
    assert load(flags, {}) == expected
    assert load([], variables) == expected


def test_a_flag_goes_before_a_variable_and_a_variable_before_the_default() -> None:
    environment = {"CAIRN_PORT": "1000", "CAIRN_HOST": "127.0.0.2"}
    config = load(["--port", "2000"], environment)
    assert (config.port, config.host) == (2000, "127.0.0.2")


def test_a_wrong_variable_does_not_matter_when_a_flag_is_given() -> None:
    assert load(["--port", "2000"], {"CAIRN_PORT": "many"}).port == 2000


def test_everything_that_is_wrong_is_said_at_once_with_where_it_was_said() -> None:
    environment = {
        "CAIRN_PORT": "65536",
        "CAIRN_HOST": " ",
        "CAIRN_LOG_LEVEL": "loud",
        "CAIRN_ORIGINS": "hunt.example",
        "CAIRN_METRICS": "everybody",
    }
    found = problems(["--connections-max", "none"], environment)
    assert len(found) == 6
    assert [problem.partition(":")[0] for problem in found] == [
        "CAIRN_HOST",
        "CAIRN_PORT",
        "CAIRN_ORIGINS",
        "--connections-max",
        "CAIRN_LOG_LEVEL",
        "CAIRN_METRICS",
    ]
    assert "CAIRN_PORT: expected a whole number from 0 to 65535, found '65536'" in found


def test_an_unknown_variable_is_ignored_and_named_together_with_the_known_ones() -> None:
    config = load([], {"CAIRN_PROT": "80"})
    (warning,) = config.warnings
    assert warning.startswith("CAIRN_PROT is no setting and is ignored; there are ")
    assert "CAIRN_PORT" in warning
    assert config.port == load([], {}).port


def test_other_programs_variables_are_not_ours() -> None:
    assert load([], {"PORT": "80", "PATH": "/bin", "cairn_port": "80"}).port == 8765


@pytest.mark.parametrize("port", ["-1", "65536", "8765.0", "", "eighty", "0x50"])
def test_a_port_is_a_whole_number_that_there_is(port: str) -> None:
    (problem,) = problems([f"--port={port}"], {})
    assert problem.startswith("--port: expected a whole number")


def test_the_token_comes_from_the_environment_alone() -> None:
    assert load([], {GM_TOKEN_VARIABLE: "secret"}).gm_token == "secret"
    assert load([], {GM_TOKEN_VARIABLE: ""}).gm_token is None
    with pytest.raises(SystemExit):
        load(["--gm-token", "secret"], {})


def test_the_help_names_every_flag_the_variables_and_the_exit_codes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        load(["--help"], {})
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert all(setting.flag in text for setting in SETTINGS)
    assert GM_TOKEN_VARIABLE in text
    assert "Exit codes" in text


def test_an_unknown_flag_ends_with_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        load(["--prot", "80"], {})
    assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err


# Beyond this machine -------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "localhost", "::1", "::ffff:127.0.0.1"])
def test_on_this_machine_alone_nothing_needs_to_be_encrypted(host: str) -> None:
    assert load(["--host", host], {}).host == host


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "10.0.0.1", "::ffff:10.0.0.1"])
def test_other_machines_are_let_in_only_over_tls_or_through_a_proxy(
    host: str, certificate: Certificate
) -> None:
    (problem,) = problems(["--host", host], {})
    assert all(way in problem for way in ("--tls-cert", "--behind-proxy", "127.0.0.1"))
    assert load(["--host", host, "--behind-proxy"], {}).behind_proxy
    assert load(["--host", host, *certificate.flags], {}).tls_context() is not None


def test_a_proxy_is_believed_only_when_there_is_one() -> None:
    assert load([], {}).door().trusted_proxies == ()
    believed = load(["--behind-proxy", "--trusted-proxies", "10.0.0.0/8"], {}).door()
    assert believed.trusted_proxies == parse_networks("10.0.0.0/8")


@pytest.mark.parametrize("value", ["10.0.0.1/8", "proxy", "10.0.0.0/33", "1.2.3.4:80", ","])
def test_proxies_are_addresses_and_networks(value: str) -> None:
    if value == ",":
        assert load(["--trusted-proxies", value], {}).trusted_proxies == ()
    else:
        (problem,) = problems(["--trusted-proxies", value], {})
        assert problem.startswith("--trusted-proxies: expected addresses")


@pytest.mark.parametrize(
    "origin",
    [
        "https://hunt.example/",
        "https://hunt.example/play",
        "https://*.example",
        "null",
        "*",
        "hunt.example",
        "ftp://hunt.example",
        "https://HUNT.example",
        "https://a@hunt.example",
    ],
)
def test_an_origin_that_no_browser_would_send_is_a_mistake(origin: str) -> None:
    (problem,) = problems(["--origins", origin], {})
    assert problem.startswith("--origins: expected origins")


def test_pages_load_openstreetmaps_tiles_others_or_none() -> None:
    assert load([], {}).tiles == OSM_TILES
    assert load(["--tiles", "off"], {}).tiles is None
    (problem,) = problems(["--tiles", "https://tiles.example/"], {})
    assert problem == (
        "--tiles: expected osm, off, or an address with {z}, {x} and {y} as "
        "https://tiles.example/{z}/{x}/{y}.png, found 'https://tiles.example/'"
    )


def test_certificate_and_key_go_together(certificate: Certificate) -> None:
    (problem,) = problems(certificate.flags[:2], {})
    assert "go together" in problem
