"""Every role at every operation, by the service's own description: let in as the table says, and nobody else."""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from importlib import util
from pathlib import Path
from random import Random

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
from tests.trust.line import Line, count_line
from tests.trust.permitted import PERMITTED

FUZZED = 10_000
METHODS = {"get", "post", "put", "patch", "delete"}


def run(folder: Path, *, full: bool = False) -> Sequence[Line]:
    """Try every pair, every credential that opens nothing, and identifiers of another portfolio."""
    with served(folder, "main") as (service, ask):
        operations = described(ask)
        allowed = {role: headers_of(service, role) for role in Role}
        unknown = [words for words, _, _, _ in operations if words not in PERMITTED]
        pairs, wrong = _pairs(operations, allowed, ask)
        doors, opened = _bad_credentials(service, operations, ask)
        with served(folder, "other") as (other, ask_other):
            tried, leaks = _foreign(other, ask_other, operations, allowed, ask, FUZZED if full else 300)
    return [
        count_line(f"role × operation pairs tried: {pairs}; otherwise than in the table", len(wrong)),
        count_line(f"operations described: {len(operations)}; not in the table", len(unknown)),
        count_line(f"credentials that open nothing, at every operation: {doors}; let in", opened),
        count_line(f"calls with identifiers of another portfolio: {tried}; anything but 404, or a word of it", leaks),
    ]


@contextmanager
def served(folder: Path, portfolio: str) -> Iterator[tuple[Service, httpx.Client]]:
    """Serve one of two portfolios of one store, on customers of the parity tests."""
    name = "regua_world_of_matrix"
    if name not in sys.modules:
        spec = util.spec_from_file_location(name, Path(__file__).parents[1] / "parity" / "conftest.py")
        sys.modules[name] = util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    small, home = sys.modules[name], folder / portfolio
    home.mkdir(parents=True, exist_ok=True)
    address = f"sqlite:///{folder / 'store.db'}"
    settings = Settings(
        home=home, store_url=address, portfolio=portfolio, threads=1, memory_mb=512, token_keys=str(folder / "jwks")
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


def _foreign(other, ask_other, operations, allowed, ask, calls) -> tuple[int, int]:
    """Ask with identifiers another portfolio gave out: nothing is there, whoever asks."""
    known, marks = _of_another(other, ask_other)
    luck, tried, leaks = Random("foreign"), Counter(), []
    aimed = [one for one in operations if any(place in known for place in one[3])]
    for number in range(calls):
        words, method, path, places = aimed[number % len(aimed)]
        values = {name: luck.choice(known[name]) if name in known else value for name, value in places.items()}
        role = luck.choice(sorted(PERMITTED.get(words) or Role))
        answer = ask.request(method, path.format(**values), headers=allowed[role], json=_body(method, words))
        tried[answer.status_code] += 1
        # A body that does not fit is refused before anything is looked for.
        is_quiet = answer.status_code in (404, 400, 415, 422) and not any(mark in answer.text for mark in marks)
        if not is_quiet:
            leaks.append(f"{words} {values}: {answer.status_code} {answer.text[:200]}")
    if leaks or not tried[404]:
        sys.stderr.write("\n".join([*leaks[:20], str(tried), ""]))
    return sum(tried.values()), len(leaks) + (not tried[404])


def _body(method: str, words: str):
    bodies = {"/rotate": {"overlap_days": 1}, "POST /v1/webhook": None, "/claim": None}
    return next((body for part, body in bodies.items() if part in words), None) if method != "GET" else None


def _of_another(other: Service, ask: httpx.Client) -> tuple[dict[str, list[str]], list[str]]:
    crm, admin = headers_of(other, Role.CRM), headers_of(other, Role.ADMIN)
    names = [f"c{number:07d}" for number in range(1, 60)]
    asked = ask.post("/v1/decisions", json={"customer_ids": names}, headers=crm)
    decisions = [one["decision"] for one in asked.json()["results"]]
    endpoint = ask.post("/v1/webhook-endpoints", json={"url": "https://crm.example.com/theirs"}, headers=admin).json()
    event = {"event_id": "theirs-1", "kind": "payment", "customer_id": "c0000090", "amount_cents": 100}
    ask.post("/v1/events", json=event | {"happened_at": "2026-03-04T09:30:00-03:00"}, headers=crm)
    known = {
        "decision_id": [one["decision_id"] for one in decisions],
        "permit_id": [one["permit"]["id"] for one in decisions if one.get("permit")],
        "key_id": [key.key_id for key in other.store.callers.all()],
        "endpoint_id": [endpoint["endpoint_id"]],
        "event_id": ["theirs-1"],
    }
    marks = ["example.com/theirs", *(key.caller_id for key in other.store.callers.all())]
    return {name: ids for name, ids in known.items() if ids}, marks
