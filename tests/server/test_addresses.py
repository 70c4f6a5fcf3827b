import pytest

from server.addresses import (
    FORWARDED_HOPS_MAX,
    binds_loopback_only,
    client_address,
    is_loopback,
    parse_networks,
    site,
)

PROXIES = parse_networks("127.0.0.0/8, ::1, 10.0.0.0/8")


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["192.0.2.7"], "192.0.2.7"),
        ("127.0.0.1", ["192.0.2.7, 10.0.0.3"], "192.0.2.7"),
        ("::1", ["2001:db8::7"], "2001:db8::7"),
        ("::ffff:127.0.0.1", ["192.0.2.7"], "192.0.2.7"),
        ("127.0.0.1", ["192.0.2.7:4711"], "192.0.2.7"),
        ("127.0.0.1", ["[2001:db8::7]:4711"], "2001:db8::7"),
        ("127.0.0.1", ["198.51.100.1", "192.0.2.7"], "192.0.2.7"),
    ],
)
def test_the_client_is_who_the_last_trusted_proxy_saw(
    peer: str, forwarded: list[str], client: str
) -> None:
    assert client_address(peer, forwarded, PROXIES) == client


def test_what_the_client_itself_wrote_into_the_header_counts_for_nothing() -> None:
    made_up = ["198.51.100.1, 10.0.0.9, 127.0.0.1, 192.0.2.7"]
    assert client_address("127.0.0.1", made_up, PROXIES) == "192.0.2.7"


def test_nobody_else_than_a_trusted_proxy_is_believed() -> None:
    assert client_address("192.0.2.7", ["198.51.100.1"], PROXIES) == "192.0.2.7"
    assert client_address("127.0.0.1", ["198.51.100.1"], ()) == "127.0.0.1"


@pytest.mark.parametrize(
    "entry", ["", "unknown", "_hidden", "<script>", "999.1.1.1", "for=1.2.3.4"]
)
def test_an_entry_that_is_no_address_ends_the_search(entry: str) -> None:
    assert client_address("127.0.0.1", [f"192.0.2.7, {entry}"], PROXIES) == "127.0.0.1"


def test_a_header_of_a_thousand_proxies_is_not_read_to_its_end() -> None:
    hops = ["192.0.2.7"] + ["10.0.0.1"] * FORWARDED_HOPS_MAX
    assert client_address("127.0.0.1", [",".join(hops)], PROXIES) == "10.0.0.1"


def test_an_ipv6_household_is_one_place_and_an_ipv4_address_too() -> None:
    assert site("2001:db8:1:2::1") == site("2001:db8:1:2:ffff::9") != site("2001:db8:1:3::1")
    assert site("192.0.2.1") != site("192.0.2.2")
    assert site("::ffff:192.0.2.1") == "::ffff:192.0.2.1"


def test_this_machine_is_known_by_all_its_addresses() -> None:
    assert all(map(is_loopback, ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"]))
    assert not any(map(is_loopback, ["192.0.2.1", "::", "0.0.0.0", "", "localhost"]))


def test_a_name_is_looked_up_before_it_counts_as_this_machine() -> None:
    assert binds_loopback_only("localhost")
    assert not binds_loopback_only("0.0.0.0")
    assert binds_loopback_only("no-such-host.invalid")
