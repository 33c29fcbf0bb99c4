"""What a problem's type and a decision's reasons lead to: a page for people and for programs, in both languages."""

from html.parser import HTMLParser

import pytest

from regua import errors
from regua.errors import ReguaError
from serving.api import app as application
from serving.api.languages import LANGUAGES
from serving.api.problem_types import problem_types

assert application


def kinds_of(error: type[ReguaError]) -> set[type[ReguaError]]:
    return {error}.union(*(kinds_of(one) for one in error.__subclasses__()))


def test_every_kind_of_refusal_has_its_page_in_both_languages():
    known = problem_types()
    ours = {one for one in kinds_of(errors.ReguaError) if one.__module__.startswith(("regua.errors", "serving."))}
    assert not {one.code for one in ours} - known.keys(), "tell what it means in serving/api/problem_types.yaml"
    for one in known.values():
        assert set(one.title) == set(one.about) == set(LANGUAGES)


def test_the_statuses_of_the_pages_are_those_of_the_refusals():
    ours = {one for one in kinds_of(errors.ReguaError) if one.__module__.startswith(("regua.errors", "serving."))}
    known = problem_types()
    assert {one.code: one.status for one in ours} == {one.code: known[one.code].status for one in ours}


@pytest.mark.parametrize(
    "path", ["/v1/problems", "/v1/problems/not_found", "/v1/reason-codes", "/v1/reason-codes/step_due"]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_is_html_for_a_browser_and_json_for_a_program(client_of, path, language):
    nobody = client_of()
    page = nobody.get(path, headers={"accept": "text/html,*/*;q=0.8", "accept-language": language})
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert page.headers["content-language"] == language
    HTMLParser().feed(page.text)
    assert f'<html lang="{language}">' in page.text
    assert nobody.get(path, headers={"accept": "application/json"}).json()


def test_the_type_of_a_problem_leads_to_its_page(crm):
    problem = crm.get("/v1/decisions/dec_" + "0" * 26).json()
    page = crm.get(problem["type"])
    assert (page.json()["code"], page.json()["status"]) == (problem["code"], problem["status"])


@pytest.mark.parametrize(
    ("accepted", "title"),
    [
        ("pt-BR", "Não há nada com este identificador"),
        ("en-US,en;q=0.9", "Nothing is kept under this identifier"),
        ("fr", "Não há nada com este identificador"),
        ("en;q=0.2, pt;q=x", "Nothing is kept under this identifier"),
    ],
)
def test_a_problem_is_told_in_the_language_the_caller_likes_best(crm, accepted, title):
    answer = crm.get("/v1/decisions/dec_" + "0" * 26, headers={"accept-language": accepted})
    assert answer.json()["title"] == title
    assert answer.headers["content-language"] in LANGUAGES


def test_a_code_nobody_knows_is_not_found(crm):
    for path in ("/v1/problems/nonsense", "/v1/reason-codes/nonsense"):
        assert crm.get(path).json()["code"] == "not_found"
