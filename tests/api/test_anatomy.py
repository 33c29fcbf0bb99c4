"""The one way operations are declared: nothing is served that was not, and nobody is let in by omission."""

import pytest

from regua.errors import ForbiddenError
from serving.access.roles import Role
from serving.api import app as application
from serving.api.anatomy import PUBLIC, Resource

OWN = {"/openapi.json", "/docs"}


def test_an_operation_that_names_no_roles_cannot_be_declared():
    resource = Resource("things", "Things.")
    with pytest.raises(TypeError, match="roles"):
        resource.operation("GET", "/v1/things", summary="List things")
    for nobody in (frozenset(), None, frozenset({"crm"}) - {"crm"}, "crm"):
        with pytest.raises(TypeError):
            resource.operation("GET", "/v1/things", summary="List things", roles=nobody)
    assert resource.operations == []


def test_every_route_was_declared_as_an_operation(app):
    undeclared = [
        route.path for route in app.router.routes if route.path not in OWN and not hasattr(route.endpoint, "operation")
    ]
    assert not undeclared, f"declare it on a Resource: {undeclared}"


@pytest.mark.parametrize("path", ["/v1/caller/", "/healthz/", "/docs/"])
def test_nobody_is_sent_to_another_address(crm, path):
    answer = crm.get(path, headers={"host": "elsewhere.example"}, follow_redirects=False)
    assert (answer.status_code, answer.json()["code"]) == (404, "http_404")
    assert "location" not in answer.headers


def test_no_two_operations_share_a_name_or_an_address(app):
    operations = [one for module in application.ROUTES for one in module.resource.operations]
    assert len({one.name for one in operations}) == len(operations)
    assert len({one.words for one in operations}) == len(operations)


def test_only_health_and_pages_are_open_to_anybody():
    open_to_all = {
        one.path for module in application.ROUTES for one in module.resource.operations if one.roles is PUBLIC
    }
    assert {path for path in open_to_all if not path.startswith(("/v1/problems", "/v1/reason-codes"))} <= {
        "/healthz",
        "/readyz",
        "/metrics",
        "/v1/status",
    }


def test_a_caller_whose_roles_are_not_named_is_refused_before_its_body_is_read(client_of):
    answer = client_of(Role.AUDITOR).post("/v1/decisions", content=b"not JSON")
    assert (answer.status_code, answer.json()["code"]) == (ForbiddenError.status, "forbidden")


def test_what_the_query_has_beyond_what_was_declared_is_refused(crm):
    answer = crm.get("/v1/journeys?limit=5")
    assert (answer.status_code, answer.json()["code"]) == (422, "request")
    assert "limit" not in answer.json()["found"]


def test_a_value_of_the_path_is_held_to_its_pattern(crm):
    answer = crm.get("/v1/decisions/12345678909")
    assert answer.status_code == 422
    assert answer.json()["param"] == "/path/decision_id"
    assert b"12345678909" not in answer.content
