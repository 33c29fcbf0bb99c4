"""Canaries: who somebody is, sent in every place there is, shows up nowhere; nor does what is known, unasked."""

import io
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib import util
from pathlib import Path
from random import Random

from journeys import book as books
from regua.clock import SetClock
from regua.settings import Settings
from serving.access.roles import Role
from serving.api import create_app
from serving.privacy.identifying import personal
from serving.service import Service
from serving.telemetry.logs import JsonLines
from tests.api import in_process
from tests.trust.line import Line, count_line

CANARIES = {True: 200, False: 40}
CUSTOMERS = 50
KINDS = ("cpf", "cnpj", "card", "email", "phone")


@dataclass(slots=True)
class Heard:
    """All that left the service: answers, its log, its figures, and its files."""

    answers: list[bytes] = field(default_factory=list)
    failures: list[int] = field(default_factory=list)
    log: io.StringIO = field(default_factory=io.StringIO)
    figures: bytes = b""
    files: bytes = b""


def run(folder: Path, *, full: bool) -> Sequence[Line]:
    """Send canaries as identifiers, in details, in words, addresses and headers, and make the service fail on some."""
    luck, heard = Random(11), Heard()
    told = [_canary(luck, KINDS[number % len(KINDS)]) for number in range(CANARIES[full])]
    secrets = [f"canary{luck.randrange(16**12):012x}" for _ in told]
    _sing(folder / "home", told, secrets, heard)
    heard.files = b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
    outside = (b"\n".join(heard.answers), heard.log.getvalue().encode(), heard.figures)
    sent = f"{len(told)} canaries in {len(heard.answers)} requests"
    outward = [
        count_line(f"{sent}: CPF, CNPJ, cards, e-mail or phone in {where}", _hits(told, content))
        for where, content in zip(("answers", "logs", "figures"), outside, strict=True)
    ]
    return [
        *outward,
        count_line(f"{sent}: the same in the home's files", _hits(told, heard.files)),
        count_line(f"{len(secrets)} secrets of events: in logs and figures", _hits(secrets, b"".join(outside[1:]))),
        count_line(f"{len(secrets)} secrets of events: unsealed in the home's files", _hits(secrets, heard.files)),
        count_line(f"{sent}: personal data answered otherwise than by a refusal", len(heard.failures)),
    ]


def _hits(canaries: Sequence[str], content: bytes) -> int:
    return sum(canary.encode() in content for canary in canaries)


def _sing(home: Path, told: Sequence[str], secrets: Sequence[str], heard: Heard) -> None:
    home.mkdir(parents=True)
    service = _service(home)
    handler = logging.StreamHandler(heard.log)
    handler.setFormatter(JsonLines())
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        key = service.access.give(
            "canary", tuple(set(Role) - {Role.ADMIN}), "tests", requests_per_minute=100_000_000
        ).text
        app = create_app(service.settings, service=service)
        with in_process.client(app, {"Authorization": f"Bearer {key}"}) as client:
            for number, (canary, secret) in enumerate(zip(told, secrets, strict=True)):
                for method, path, sent in _requests(canary, number):
                    answer = client.request(method, path, **sent)
                    heard.answers.append(answer.content)
                    if answer.status_code not in (400, 401, 404, 422):
                        heard.failures.append(answer.status_code)
                _known(client, secret, number)
            # Whatever fails unforeseen says in the log where, and not about whom.
            service.pipeline.profiles.read = _failing(told[0], secrets[0])
            answer = client.post("/v1/scores", json={"customer_ids": ["c0000001"]})
            heard.answers.append(answer.content)
            assert answer.status_code == 500, answer.text
            heard.figures = client.get("/metrics").content
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        service.close()


def _failing(canary: str, secret: str):
    def read(*_):
        raise KeyError(f"{canary} {secret}")

    return read


def _requests(canary: str, number: int) -> Iterator[tuple[str, str, dict]]:
    event = {"kind": "payment", "happened_at": "2026-03-02T12:00:00Z", "amount_cents": 100, "event_id": f"x{number}"}
    event["customer_id"] = "c0000001"
    yield "POST", "/v1/decisions", {"json": {"customer_ids": [canary]}}
    yield "POST", "/v1/events", {"json": event | {"event_id": canary}}
    yield "POST", "/v1/events", {"json": event | {"customer_id": canary}}
    yield "POST", "/v1/events", {"json": event | {"data": {"evidence": f"said {canary}"}}}
    yield "POST", "/v1/events", {"json": event | {"kind": canary}}
    yield "POST", "/v1/events", {"json": event | {canary: "1"}}
    yield "POST", "/v1/events", {"content": f'{{"customer_id": "{canary}", '.encode(), "headers": _JSON}
    yield "GET", f"/v1/customers/{canary.replace('/', '%2F')}", {}
    yield "GET", "/v1/audit-log", {"params": {"cursor": canary}}
    yield "GET", "/v1/audit-log", {"params": {canary: "1"}}
    yield "GET", "/v1/customers/c0000001", {"headers": {"Authorization": f"Bearer {canary}"}}


_JSON = {"Content-Type": "application/json"}


def _known(client, secret: str, number: int) -> None:
    """Tell something that may be known, and decide on it: it is kept, and sealed."""
    event = {"event_id": f"k{number}", "kind": "payment", "customer_id": f"c{number % CUSTOMERS + 1:07d}"}
    event |= {"happened_at": "2026-03-02T12:00:00Z", "amount_cents": 100, "data": {"method": secret}}
    assert client.post("/v1/events", json=event).status_code == 200
    if number % 10 == 0:
        assert client.post("/v1/decisions", json={"customer_ids": [event["customer_id"]]}).status_code == 200


def _service(home: Path) -> Service:
    spec = util.spec_from_file_location("regua_world_of_canaries", Path(__file__).parents[1] / "parity" / "conftest.py")
    world = util.module_from_spec(spec)
    spec.loader.exec_module(world)
    profiles = world.TableProfiles(world.customers(CUSTOMERS), world.PROFILE_AT)
    return Service(Settings(home=home, threads=1), SetClock(world.MOMENT), profiles, books.load())


def _canary(luck: Random, kind: str) -> str:
    """Make up somebody who is nobody: with the check digits that belong there."""
    while True:
        digits = "".join(str(luck.randrange(10)) for _ in range(14))
        made = {
            "cpf": digits[:11],
            "cnpj": digits,
            "card": f"4{digits}{luck.randrange(10)}",
            "email": f"canary{digits}@example.com",
            "phone": f"+55119{digits[:8]}",
        }[kind]
        if personal(made) == kind:
            return made
