"""A webhook never leads back inside: by spelling, by a name, by a name that changes, or by a redirect."""

import pytest

from serving.webhooks.addresses import AddressError, Guard
from serving.webhooks.sending import Sender
from tests.receiver import Receiver
from tests.serving.webhooks.bypasses import PRIVATE, PRIVATE_6, REFUSED

OUTSIDE = "93.184.215.14"


@pytest.fixture
def receiver():
    with Receiver() as listening:
        yield listening


def sender(*networks: str, resolve=None, seconds: float = 5.0) -> Sender:
    return Sender(Guard(networks, resolve), answer_seconds=seconds)


def test_of_two_hundred_ways_around_it_none_leads_inside():
    passed = []
    assert len(set(REFUSED)) >= 200
    # Whoever owns a name may have it lead anywhere: here all do.
    guard = Guard(resolve=lambda host, port: ["127.0.0.1"])
    for url in REFUSED:
        try:
            guard.read(url)
        except AddressError:
            continue
        passed.append(url)
    assert passed == []


@pytest.mark.parametrize(
    "url", ["https://crm.example.com", "https://crm.example.com:8443/hooks?a=1", "https://xn--bcher-kva.example/"]
)
def test_a_public_https_name_may_be_called(url):
    guard = Guard(resolve=lambda host, port: [OUTSIDE, "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
    assert guard.address(guard.read(url)) == OUTSIDE


@pytest.mark.parametrize("address", [*PRIVATE, *PRIVATE_6])
def test_a_name_that_leads_inside_is_refused_even_beside_a_public_address(address):
    for found in ([address], [OUTSIDE, address], [address, OUTSIDE]):
        guard = Guard(resolve=lambda host, port, found=found: found)
        with pytest.raises(AddressError, match="leads inside"):
            guard.address(guard.read("https://crm.example.com/"))


def test_a_name_without_an_address_is_refused():
    def fails(host, port):
        raise OSError("no such name")

    for resolve in (fails, lambda host, port: [], lambda host, port: ["not an address"]):
        guard = Guard(resolve=resolve)
        with pytest.raises(AddressError):
            guard.address(guard.read("https://crm.example.com/"))


def test_a_name_that_changes_after_it_was_checked_is_not_looked_up_again(receiver):
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    asked = []

    def resolve(host, port):
        asked.append(host)
        return next(answers)

    sending = sender("127.0.0.1/32", resolve=resolve)
    outcome = sending.send(f"http://crm.example.com:{receiver.port}/x", {}, b"{}")
    assert outcome.status == 204
    assert asked == ["crm.example.com"]
    assert receiver.heard[0].headers["host"] == f"crm.example.com:{receiver.port}"
    # The second look-up leads elsewhere: it is checked anew.
    assert sending.send(f"http://crm.example.com:{receiver.port}/x", {}, b"{}").problem == "address_refused"
    sending.close()
    assert len(receiver.heard) == 1


def test_a_redirect_is_not_followed(receiver):
    receiver.answers = {"/from": 307}
    receiver.redirect_to = f"{receiver.url}/inside"
    sending = sender("127.0.0.1/32")
    outcome = sending.send(f"{receiver.url}/from", {}, b"{}")
    sending.close()
    assert (outcome.status, outcome.is_heard) == (307, False)
    assert [one.path for one in receiver.heard] == ["/from"]


def test_without_a_network_of_its_own_nothing_is_sent_to_the_loopback(receiver):
    sending = sender()
    for url in (receiver.url, f"https://127.0.0.1:{receiver.port}/"):
        assert sending.send(url, {}, b"{}").problem == "address_refused"
    sending.close()
    assert receiver.heard == []


def test_in_the_own_network_short_names_and_plain_http_are_allowed_but_nowhere_else():
    leads = {"crm.corp": ["10.20.0.5"], "crm": ["10.20.0.6"], "db": ["10.21.0.1"], "crm.example.com": [OUTSIDE]}
    guard = Guard(["10.20.0.0/16"], lambda host, port: leads[host])
    assert guard.address(guard.read("http://crm.corp/")) == "10.20.0.5"
    assert guard.address(guard.read("http://crm/")) == "10.20.0.6"
    assert guard.address(guard.read("https://10.20.0.7:8080/")) == "10.20.0.7"
    for url in ("http://db/", "http://crm.example.com/", "https://10.21.0.1/", "https://127.0.0.1/"):
        with pytest.raises(AddressError):
            guard.address(guard.read(url))


def test_an_answer_that_drips_ends_with_the_time_for_a_try(receiver):
    receiver.answers = {"/slow": 0}
    sending = sender("127.0.0.1/32", seconds=0.3)
    outcome = sending.send(f"{receiver.url}/slow", {}, b"{}")
    sending.close()
    assert outcome.problem == "timeout"
    assert 250 <= outcome.took_ms < 3_000
