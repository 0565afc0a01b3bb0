"""Where nothing may be sent: tables of addresses, and names that change their meaning."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from vestibule.connectors.address_guard import AddressGuard, AddressRefused, networks_of, place_of


def naming(*answers: Sequence[str]) -> AddressGuard:
    """A guard whose names mean one list of addresses after the other."""
    left = list(answers)

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return AddressGuard(resolve=resolve)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.9.9",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.100.100.200",
        "192.0.0.192",
        "168.63.129.16",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "64:ff9b::a00:1",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::",
        "2001:db8::1",
    ],
)
async def test_what_is_not_public_is_refused(address: str) -> None:
    with pytest.raises(AddressRefused, match="not on the public Internet"):
        await naming([address]).check("https://product.test/hook")


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111", "::ffff:93.184.216.34"])
async def test_what_is_public_is_allowed_over_https_alone(address: str) -> None:
    await naming([address]).check("https://product.test/hook")
    with pytest.raises(AddressRefused, match="in clear"):
        await naming([address]).check("http://product.test/hook")


async def test_one_forbidden_address_among_several_is_enough() -> None:
    with pytest.raises(AddressRefused):
        await naming(["93.184.216.34", "127.0.0.1"]).check("https://product.test/")


async def test_a_name_is_looked_at_again_on_connecting() -> None:
    guard = naming(["93.184.216.34"], ["10.0.0.1"])
    await guard.check("https://product.test/")
    with pytest.raises(AddressRefused):
        await guard.addresses(place_of("https://product.test/"))


async def test_a_name_without_address_is_refused_in_words() -> None:
    with pytest.raises(AddressRefused, match="spelt right"):
        await naming([]).check("https://product.test/")


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost"])
async def test_odd_spellings_of_this_machine_are_seen_through(host: str) -> None:
    with pytest.raises(AddressRefused):
        await AddressGuard().check(f"https://{host}/")


async def test_networks_that_are_allowed_are_reached_without_tls_too() -> None:
    guard = AddressGuard(networks_of("127.0.0.0/8, 10.1.0.0/16"))
    await guard.check("http://127.0.0.1:8080/hook")
    with pytest.raises(AddressRefused, match="VESTIBULE_ALLOWED_NETWORKS"):
        await guard.check("http://10.2.0.1/hook")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        pytest.param("product.test/hook", "no address", id="no scheme"),
        pytest.param("gopher://product.test", "no address", id="another scheme"),
        pytest.param("https://", "no address", id="no host"),
        pytest.param("https://user:secret@product.test/", "user name or password", id="credentials"),
        pytest.param("https://product.test:99999/", "cannot be read", id="no such port"),
        pytest.param("https://[::1/", "cannot be read", id="a broken literal"),
        pytest.param("https://product.test/a b", "spaces", id="a space"),
        pytest.param("https://product.test/\r\nX-Evil: 1", "spaces", id="a line break"),
        pytest.param("https://bücher.test/", "spaces", id="letters that a URL has not"),
        pytest.param(f"https://product.test/{'x' * 2000}", "the most", id="too long"),
    ],
)
def test_what_is_no_address_is_refused_in_words(url: str, why: str) -> None:
    with pytest.raises(AddressRefused, match=why):
        place_of(url)


def test_a_place_is_what_a_request_needs() -> None:
    place = place_of("https://Product.test:8443/hook?key=1#part")
    assert (place.secure, place.host, place.port, place.target) == (
        True,
        "product.test",
        8443,
        "/hook?key=1",
    )
    assert place.authority == "product.test:8443"
    assert place_of("http://[::1]/").authority == "[::1]"


@pytest.mark.parametrize("text", ["10.0.0.0/33", "localhost", "10.0.0.0/8 and more"])
def test_what_is_no_network_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="is no network"):
        networks_of(text)
