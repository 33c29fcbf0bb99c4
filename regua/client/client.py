"""The client: one method for each thing a CRM does, each a request with its own key, repeated only under that key."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, cast
from urllib.parse import urlencode
from uuid import uuid4

import httpx
import orjson

from regua.client.patience import Patience
from regua.client.problem import Problem
from regua.client.sandbox import Sandbox
from regua.client.shapes import Decided, Decision, Job, Permit, Reported

CLAIM_REFUSED = "permit_refused"
_SAFE = frozenset({"/v1/events", "/v1/scores"})
_LARGEST_CONNECTIONS = 16


class Client:
    """A caller of one Regua service; safe for several threads. ``sandbox`` has what only a sandbox answers.

    Parameters
    ----------
    url
        Where the service answers.
    key
        An API key or a token.
    language
        Of what people read in answers: ``pt-BR`` or ``en``.
    timeout_s
        How long one request may take.
    patience
        When requests are repeated.
    transport
        Another way to reach the service, for tests.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        language: Literal["pt-BR", "en"] = "pt-BR",
        timeout_s: float = 30.0,
        patience: Patience | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._patience = patience or Patience()
        self._http = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {key}", "Accept-Language": language},
            timeout=timeout_s,
            transport=transport,
            limits=httpx.Limits(max_connections=_LARGEST_CONNECTIONS),
        )
        self.sandbox = Sandbox(self.request, _new_key)

    def decide(
        self,
        customer_ids: Sequence[str],
        *,
        mode: Literal["live", "shadow", "dry_run"] = "live",
        auto_claim: bool = False,
        key: str | None = None,
    ) -> list[Decided]:
        """Ask for the next right action for 1 to 500 customers.

        Where a decision has a ``permit``, :meth:`claim` it just before sending; with ``auto_claim`` send only where
        ``is_claimed``. Asked again with the same ``key`` nothing is decided anew.
        """
        body = {"customer_ids": list(customer_ids), "mode": mode, "auto_claim": auto_claim}
        return cast(list[Decided], self.request("POST", "/v1/decisions", body, key=key or _new_key())["results"])

    def decision(self, decision_id: str) -> Decision:
        """Read a decision as it was answered."""
        return cast(Decision, self.request("GET", f"/v1/decisions/{decision_id}"))

    def decisions(self, **narrowed: str) -> Iterator[dict[str, Any]]:
        """List decisions, the newest first, page by page; narrowed by customer_id, action, channel, journey and time.

        ``since`` and ``until`` are instants with their offset, as ISO 8601.
        """
        asked = dict(narrowed)
        while True:
            page = self.request("GET", f"/v1/decisions?{urlencode(asked)}")
            yield from page["results"]
            if not page["has_more"]:
                return
            asked["cursor"] = page["next_cursor"]

    def explanation(self, decision_id: str) -> dict[str, Any]:
        """Read a decision in words, in the client's language."""
        return self.request("GET", f"/v1/decisions/{decision_id}/explanation")

    def claim(self, permit_id: str, *, key: str | None = None) -> Permit | None:
        """Claim a permit: send if there is an answer; None says the contact must not be made, and why is at hand.

        The reason is in :meth:`permit`.
        """
        try:
            answer = self.request("POST", f"/v1/permits/{permit_id}/claim", key=key or _new_key())
        except Problem as problem:
            if problem.code != CLAIM_REFUSED:
                raise
            return None
        return cast(Permit, answer)

    def permit(self, permit_id: str) -> Permit:
        """Read where a permit stands, and why."""
        return cast(Permit, self.request("GET", f"/v1/permits/{permit_id}"))

    def release(self, permit_id: str, outcome: Literal["not_sent", "sent", "unknown"]) -> Permit:
        """Say what became of a contact; ``unknown`` where nobody can tell, and then send nothing more."""
        answer = self.request("POST", f"/v1/permits/{permit_id}/release", {"outcome": outcome}, key=_new_key())
        return cast(Permit, answer)

    def report(self, events: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> list[Reported]:
        """Tell what happened: one event, or up to 1,000. Sent again, an event is kept once: no key is needed."""
        return cast(list[Reported], self.request("POST", "/v1/events", events)["results"])

    def score(self, customer_ids: Sequence[str]) -> list[dict[str, Any]]:
        """Ask what is predicted, without asking what to do."""
        answer = self.request("POST", "/v1/scores", {"customer_ids": list(customer_ids)})
        return cast(list[dict[str, Any]], answer["results"])

    def open_job(self, customer_ids: Iterable[str], *, key: str | None = None) -> Job:
        """Send up to a million customers to be decided about in the background."""
        lines = b"".join(orjson.dumps({"customer_id": name}, option=orjson.OPT_APPEND_NEWLINE) for name in customer_ids)
        headers = {"Content-Type": "application/x-ndjson"}
        return cast(Job, self._ask("POST", "/v1/decision-jobs", lines, headers, key or _new_key()).json())

    def job(self, job_id: str) -> Job:
        """Read how far a job has got."""
        return cast(Job, self.request("GET", f"/v1/decision-jobs/{job_id}"))

    def results(self, job_id: str) -> Iterator[dict[str, Any]]:
        """Read the results of a job that is done, one customer after the other."""
        with self._http.stream("GET", f"/v1/decision-jobs/{job_id}/results") as answer:
            if answer.is_error:
                answer.read()
                raise Problem.of(answer)
            for line in answer.iter_lines():
                if line:
                    yield orjson.loads(line)

    def request(self, method: str, path: str, body: Any = None, *, key: str | None = None) -> dict[str, Any]:
        """Call any operation of the service's description with JSON; return what it answers.

        Raises
        ------
        Problem
            It was refused, or failed as often as patience allows.
        httpx.TransportError
            The service could not be reached as often.
        """
        content = None if body is None else orjson.dumps(body)
        headers = {"Content-Type": "application/json"} if content is not None else {}
        answer = self._ask(method, path, content, headers, key)
        return cast(dict[str, Any], answer.json()) if answer.content else {}

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _ask(
        self, method: str, path: str, content: bytes | None, headers: dict[str, str], key: str | None
    ) -> httpx.Response:
        sent = headers | ({"Idempotency-Key": key} if key else {})

        def once() -> httpx.Response:
            answer = self._http.request(method, path, content=content, headers=sent)
            if answer.is_error:
                raise Problem.of(answer)
            return answer

        # Without a key, only what has the same effect twice as once is asked again.
        is_safe = key is not None or method != "POST" or path in _SAFE
        return self._patience.call(once) if is_safe else once()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _new_key() -> str:
    return str(uuid4())
