"""Every role at every operation, by the service's own description: let in as the table says, and nobody else."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from regua.clock import SetClock, SystemClock
from regua.settings import Settings
from serving.access import keys
from serving.access.access import Access
from serving.access.keys import Environment
from serving.access.roles import Role
from serving.api import create_app
from serving.service import Service
from tests.api import in_process
from tests.api.callers import headers_of
from tests.api.described import operations as described_by
from tests.trust import foreign
from tests.trust.line import Line, count_line
from tests.trust.permitted import PERMITTED
from tests.trust.world import small_world

FUZZED, A_FEW = 5_000, 160
"""Calls with identifiers of another portfolio, in each of two environments."""
METHODS = {"get", "post", "put", "patch", "delete"}


def run(folder: Path, *, full: bool = False) -> Sequence[Line]:
    """Try every pair, every credential that opens nothing, and identifiers of another portfolio."""
    with served(folder, "main") as (service, ask):
        operations = described(ask)
        allowed = {role: headers_of(service, role) for role in Role}
        served_words = {words for words, *_ in operations}
        pairs, wrong = _pairs(operations, allowed, ask)
        doors, opened = _bad_credentials(service, operations, ask)
    unknown, unserved = sorted(served_words - PERMITTED.keys()), sorted(PERMITTED.keys() - served_words)
    return [
        count_line("role × operation pairs: otherwise than in the table", len(wrong), such=wrong).times(pairs, pairs),
        count_line(f"operations described, of {len(operations)}: not in the table", len(unknown), such=unknown),
        count_line(f"rows of the table, of {len(PERMITTED)}: served by nobody", len(unserved), such=unserved),
        count_line("credentials that open nothing, at every operation: let in", opened).times(doors, doors),
        *(line for where in ("live", "test") for line in _foreign(folder / where, where, FUZZED if full else A_FEW)),
    ]


def _foreign(folder: Path, environment: str, calls: int) -> list[Line]:
    with (
        served(folder, "main", environment) as (service, ask),
        served(folder, "other", environment) as (other, ask_other),
    ):
        operations = described_by(create_app(service.settings, service=service))
        return list(foreign.lines(other, ask_other, ask, service, operations, calls))


@contextmanager
def served(folder: Path, portfolio: str, environment: str = "live") -> Iterator[tuple[Service, httpx.Client]]:
    """Serve one of two portfolios of one store, on customers of the parity tests."""
    small, home = small_world(), folder / portfolio
    home.mkdir(parents=True, exist_ok=True)
    address = f"sqlite:///{folder / 'store.db'}"
    settings = Settings(
        home=home,
        store_url=address,
        portfolio=portfolio,
        environment=environment,
        threads=1,
        memory_mb=512,
        token_keys=str(folder / "jwks"),
    )
    service = Service(settings, SetClock(small.MOMENT), small.TableProfiles(small.customers(100), small.PROFILE_AT))
    with in_process.client(create_app(settings, service=service), {}) as ask:
        yield service, ask
    service.close()


def described(ask: httpx.Client) -> list[tuple[str, str, str, dict[str, str]]]:
    """List the operations of the description: in words, method, path, and an example of each value in the path."""
    found = []
    for path, methods in ask.get("/openapi.json").json()["paths"].items():
        for method in sorted(METHODS & methods.keys()):
            places = {
                one["name"]: one["example"] for one in methods[method].get("parameters", ()) if one["in"] == "path"
            }
            found.append((f"{method.upper()} {path}", method.upper(), path, places))
    return found


def _pairs(operations, allowed, ask) -> tuple[int, list[str]]:
    tried, wrong = 0, []
    for words, method, path, places in operations:
        expected = PERMITTED.get(words, set())
        for role, headers in [("", {}), *allowed.items()]:
            tried += 1
            status = ask.request(method, path.format(**places), headers=headers).status_code
            is_right = status not in (401, 403)
            if expected is not None and role not in expected:
                is_right = status == (403 if role else 401)
            if not is_right or status >= 500:
                wrong.append(f"{role or 'nobody'} {words}: {status}")
    if wrong:
        sys.stderr.write("\n".join(wrong) + "\n")
    return tried, wrong


def _bad_credentials(service, operations, ask) -> tuple[int, int]:
    tried, opened = 0, []
    for name, shown in bad_credentials(service).items():
        for words, method, path, places in operations:
            if PERMITTED.get(words) is None:
                continue
            tried += 1
            headers = {"Authorization": f"Bearer {shown}"}
            if ask.request(method, path.format(**places), headers=headers).status_code != 401:
                opened.append(f"{name} at {words}")
    if opened:
        sys.stderr.write("\n".join(opened) + "\n")
    return tried, len(opened)


def bad_credentials(service: Service) -> dict[str, str]:
    """Make keys and tokens that must open nothing, and the key set a good token would be read by."""
    access, at, signer = service.access, SystemClock().now(), Ed25519PrivateKey.generate()
    public = jwt.algorithms.OKPAlgorithm.to_jwk(signer.public_key(), as_dict=True) | {"kid": "k1"}
    Path(service.settings.token_keys).write_text(json.dumps({"keys": [public]}))
    claims = {"sub": "ana", "aud": "regua", "roles": ["crm"], "portfolio": "main", "environment": "live"}
    claims |= {"iat": at, "exp": at + timedelta(hours=1)}

    def token(key=signer, algorithm="EdDSA", **changed):
        return jwt.encode(claims | changed, key, algorithm, headers={"kid": "k1"})

    revoked = access.give("gone", {Role.CRM}, "tests")
    access.revoke(revoked.key.key_id, "tests")
    old = Access(service.settings, service.store, SetClock(at - timedelta(days=400))).give("old", {Role.CRM}, "tests")
    other = service.store.of("other")
    elsewhere = Access(service.settings.model_copy(update={"portfolio": "other"}), other).give("x", {Role.CRM}, "tests")
    trial, text = keys.make("trial", {Role.CRM}, Environment.TEST, at, "tests")
    service.store.callers.keep(trial)
    return {
        "a revoked key": revoked.text,
        "an expired key": old.text,
        "a key of another portfolio": elsewhere.text,
        "a key of a sandbox": text,
        "a key nobody made": "rg_live_" + "0" * 64,
        "no key": "nothing",
        "alg none": token(None, "none"),
        "a public key as a secret": token(public["x"] * 2, "HS256"),
        "another signer": token(Ed25519PrivateKey.generate()),
        "an expired token": token(iat=at - timedelta(hours=3), exp=at - timedelta(hours=2)),
        "another audience": token(aud="bank"),
        "another environment": token(environment="test"),
        "another portfolio's token": token(portfolio="other"),
        "a role nobody knows": token(roles=["root"]),
    }
