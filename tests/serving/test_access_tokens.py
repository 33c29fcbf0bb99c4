"""Tokens: signed by somebody trusted, for this service, portfolio and environment, and for a short while."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from regua.clock import SetClock
from regua.errors import SettingsError, UnauthenticatedError, UnavailableError
from regua.settings import Settings
from serving.access.access import Access
from serving.access.roles import Caller, Role
from serving.store import Store

NOON = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
SIGNER = Ed25519PrivateKey.generate()
CLAIMS = {"sub": "ana.souza", "aud": "regua", "roles": ["strategist"], "portfolio": "main", "environment": "live"}


def public(signer, kid):
    return jwt.algorithms.OKPAlgorithm.to_jwk(signer.public_key(), as_dict=True) | {"kid": kid}


def key_set(*keys):
    return json.dumps({"keys": list(keys)})


def token(signer=SIGNER, kid="k1", at=NOON, **changed):
    times = {"iat": at, "exp": at + timedelta(hours=1)}
    return jwt.encode(CLAIMS | times | changed, signer, "EdDSA", headers={"kid": kid})


@pytest.fixture
def place(tmp_path):
    path = tmp_path / "keys.json"
    path.write_text(key_set(public(SIGNER, "k1")))
    return path


@pytest.fixture
def door(tmp_path, place):
    settings = Settings(home=tmp_path, token_keys=str(place), token_issuer="https://login.example")
    with Store.open(settings) as store:
        yield Access(settings, store, SetClock(NOON))


def told(door, text):
    return asyncio.run(door.caller([f"Bearer {text}"]))


def test_a_token_opens_the_door_for_its_bearer(door):
    caller = told(door, token(iss="https://login.example"))
    assert caller == Caller("token:ana.souza", "ana.souza", frozenset({Role.STRATEGIST}), "main")


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize(("bits", "opens"), [(2_048, True), (1_024, False)])
def test_a_signers_key_that_is_too_short_opens_nothing(door, place, bits, opens):
    signer = generate_private_key(65_537, bits)
    told_of = jwt.algorithms.RSAAlgorithm.to_jwk(signer.public_key(), as_dict=True) | {"kid": "r1"}
    place.write_text(key_set(told_of, public(SIGNER, "k1")))
    times = {"iat": NOON, "exp": NOON + timedelta(hours=1), "iss": "https://login.example"}
    text = jwt.encode(CLAIMS | times, signer, "RS256", headers={"kid": "r1"})
    if opens:
        assert told(door, text).name == "ana.souza"
    else:
        with pytest.raises(UnauthenticatedError):
            told(door, text)


@pytest.mark.parametrize(("kind", "opens"), [("JWT", True), ("at+jwt", True), ("logout+jwt", False), (7, False)])
def test_a_token_that_says_it_is_for_something_else_opens_nothing(door, kind, opens):
    times = {"iat": NOON, "exp": NOON + timedelta(hours=1), "iss": "https://login.example"}
    text = jwt.encode(CLAIMS | times, SIGNER, "EdDSA", headers={"kid": "k1", "typ": kind})
    if opens:
        assert told(door, text).name == "ana.souza"
    else:
        with pytest.raises(UnauthenticatedError):
            told(door, text)


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://login.elsewhere"},
        {"iss": None},
        {"aud": "bank"},
        {"portfolio": "other"},
        {"environment": "test"},
        {"roles": []},
        {"roles": "strategist"},
        {"roles": ["admin", "approver"]},
        {"roles": [["admin"]]},
        {"sub": "ana@example.com"},
        {"sub": "first admin"},
        {"exp": NOON - timedelta(seconds=31)},
        {"exp": NOON + timedelta(days=2)},
        {"iat": NOON + timedelta(minutes=5), "exp": NOON + timedelta(minutes=9)},
        {"nbf": NOON + timedelta(minutes=5)},
        {"exp": float("nan")},
        {"exp": float("inf")},
        {"exp": True},
        {"exp": None},
    ],
)
def test_a_token_that_says_something_else_opens_nothing(door, changed):
    claims = {"iss": "https://login.example"} | changed
    absent = [name for name, value in claims.items() if value is None]
    text = token(**{name: value for name, value in claims.items() if name not in absent})
    if "exp" in absent:
        text = jwt.encode(CLAIMS | {"iss": "https://login.example", "iat": NOON}, SIGNER, "EdDSA", {"kid": "k1"})
    with pytest.raises(UnauthenticatedError):
        told(door, text)


def test_a_token_signed_by_nobody_or_by_a_public_key_opens_nothing(door):
    good = token(iss="https://login.example")
    head, body, _ = good.split(".")
    claims = CLAIMS | {"iss": "https://login.example", "iat": NOON, "exp": NOON + timedelta(hours=1)}
    unsigned = jwt.encode(claims, None, "none", headers={"kid": "k1"})
    confused = jwt.encode(claims, public(SIGNER, "k1")["x"] * 2, "HS256", headers={"kid": "k1"})
    stranger = token(Ed25519PrivateKey.generate(), iss="https://login.example")
    for text in (unsigned, confused, stranger, f"{head}.{body}.", f"{head}.{body}", good[:-4] + "AAAA", "a.b.c"):
        with pytest.raises(UnauthenticatedError):
            told(door, text)


def test_a_new_signer_counts_as_soon_as_the_file_names_it_and_an_old_one_no_longer(door, place):
    fresh = Ed25519PrivateKey.generate()
    text = token(fresh, "k2", iss="https://login.example")
    with pytest.raises(UnauthenticatedError):
        told(door, text)
    place.write_text(key_set(public(fresh, "k2")))
    assert told(door, text).name == "ana.souza"
    with pytest.raises(UnauthenticatedError):
        told(door, token(iss="https://login.example"))


def test_a_key_set_that_was_never_read_is_told_and_one_that_breaks_stays_as_it_was(door, place):
    good = place.read_text()
    place.write_text("{")
    with pytest.raises(UnavailableError):
        told(door, token(iss="https://login.example"))
    place.write_text(good)
    assert told(door, token(iss="https://login.example"))
    place.unlink()
    assert told(door, token(iss="https://login.example"))


def test_keys_are_fetched_from_this_machine_and_asked_for_again_when_a_signer_is_new(tmp_path):
    sets = [key_set(public(SIGNER, "k1"))]

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(sets[-1].encode())

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Keys) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        settings = Settings(home=tmp_path, token_keys=f"http://127.0.0.1:{server.server_port}/keys")
        with Store.open(settings) as store:
            door = Access(settings, store, SetClock(NOON))
            assert told(door, token()).name == "ana.souza"
            fresh = Ed25519PrivateKey.generate()
            sets.append(key_set(public(fresh, "k2")))
            door.clock.move(timedelta(seconds=11))
            assert told(door, token(fresh, "k2")).name == "ana.souza"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    "address", ["https://login.example/keys", "http://169.254.169.254/", "http://127.0.0.1.x.example/"]
)
def test_keys_are_not_fetched_from_elsewhere(tmp_path, address):
    settings = Settings(home=tmp_path, token_keys=address)
    with Store.open(settings) as store, pytest.raises(SettingsError):
        Access(settings, store)
