"""The page of the operations: everything described stands on it, and nothing of it comes from elsewhere."""

import hashlib
import re
import shlex
from base64 import b64encode
from html import unescape
from html.parser import HTMLParser

import pytest

from serving.api.languages import LANGUAGES
from tests.api.described import operations


class Tags(HTMLParser):
    """The tags of a page with their attributes, and whether each that opens closes in its place."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(params=LANGUAGES)
def page(client_of, request):
    answer = client_of().get("/docs", headers={"accept-language": request.param})
    assert (answer.status_code, answer.headers["content-language"]) == (200, request.param)
    return answer


def test_every_operation_and_every_schema_stands_on_the_page_once(app, page):
    ids = [given["id"] for _, given in Tags(page.text).seen if "id" in given]
    described = {one.name for one in operations(app)} | set(app.openapi()["components"]["schemas"])
    assert sorted(ids) == sorted(described)


def test_the_page_runs_no_script_and_loads_nothing(page):
    tags = Tags(page.text)
    assert not tags.open
    for name, given in tags.seen:
        assert name not in {"script", "link", "img", "iframe", "form", "base", "object"}, name
        assert not {key for key in given if key.startswith("on") or key in ("src", "style")}
        assert given.get("href", "/").startswith(("/", "#"))
    (style,) = re.findall("<style>(.*?)</style>", page.text, re.DOTALL)
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = dict(part.split(" ", 1) for part in page.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["style-src"] == f"'sha256-{digest}'"
    assert "script-src" not in policy


def test_every_link_within_the_page_leads_somewhere(page):
    tags = Tags(page.text).seen
    ids = {given["id"] for _, given in tags if "id" in given}
    assert {given["href"][1:] for _, given in tags if given.get("href", "").startswith("#")} <= ids


def test_a_command_that_is_copied_from_the_page_is_a_request_the_service_takes(crm, page):
    shown = next(
        text for text in re.findall("<pre>(curl.*?)</pre>", page.text, re.DOTALL) if "/v1/decisions \\" in text
    )
    words = shlex.split(unescape(shown).replace("\\\n", " "))
    assert words[:5] == ["curl", "-s", "-X", "POST", "http://127.0.0.1:8000/v1/decisions"]
    answer = crm.post("/v1/decisions", content=words[-1].encode(), headers={"content-type": "application/json"})
    assert answer.status_code == 200
