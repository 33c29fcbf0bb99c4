"""The service's own description: what integrators generate their clients from, without a warning."""

import re

import orjson

from serving.access.roles import Role
from serving.api.pages import HTML
from tests.api.described import examples, operations

PROBLEM = "application/problem+json"


def test_the_description_of_the_service_is_the_golden_one(crm, golden):
    # Meant to change? pytest tests/api/test_openapi.py --update-golden
    described = crm.get("/openapi.json").json()
    golden("openapi.json", orjson.dumps(described, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")


def test_every_operation_says_what_it_does_and_who_may_call_it(app):
    tags = {one["name"] for one in app.openapi()["tags"]}
    names = [one.name for one in operations(app)]
    assert len(set(names)) == len(names)
    for one in operations(app):
        assert one.told["summary"], one.name
        assert len(one.told["description"].split()) > 3, one.name
        assert not one.told["summary"].endswith("."), one.name
        assert set(one.told["tags"]) <= tags, one.name
        roles = set(one.told["x-roles"])
        assert roles == {"public"} or (roles and roles <= set(Role)), one.name
        assert (one.told["security"] == []) is (roles == {"public"}), one.name


def test_every_value_of_an_address_is_described_with_an_example_that_fits(app):
    for one in operations(app):
        described = {value["name"]: value for value in one.parameters("path")}
        assert set(re.findall(r"{(\w+)}", one.template)) == set(described), one.name
        for value in described.values():
            assert one.validator(value["schema"]).is_valid(value["example"]), f"{one.name} {value['name']}"
        for value in one.parameters("query") + one.parameters("header"):
            assert value["description"], f"{one.name} {value['name']}"


def test_every_body_and_every_answer_has_an_example_and_all_of_them_fit(app):
    bad = []
    for one in operations(app):
        contents = [one.told["requestBody"]["content"]] if "requestBody" in one.told else []
        contents += [told.get("content", {}) for told in one.told["responses"].values()]
        for content in contents:
            for media, told in content.items():
                shown = list(examples(told))
                if not shown and media not in (PROBLEM, HTML):
                    bad.append(f"{one.name}: no example")
                check = one.validator(told["schema"])
                bad += [f"{one.name}: {error.message[:200]}" for value in shown for error in check.iter_errors(value)]
    assert not bad, "\n".join(bad)


def test_every_operation_says_how_it_refuses(app):
    for one in operations(app):
        answered = one.told["responses"]
        assert any(status.startswith("2") for status in answered), one.name
        assert "422" in answered, one.name
        assert one.told["x-roles"] == ["public"] or {"401", "403", "429"} <= set(answered), one.name
        for status, told in answered.items():
            assert told["description"], one.name
            if status not in ("200", "201", "202", "204", "304") and PROBLEM in told.get("content", {}):
                assert told["content"][PROBLEM]["schema"], one.name


def test_every_schema_that_is_described_is_used(app):
    whole = app.openapi()
    text = orjson.dumps(whole).decode()
    for name in whole["components"]["schemas"]:
        assert f'"#/components/schemas/{name}"' in text, f"nothing speaks of {name}"
    for used in set(re.findall(r'"#/components/schemas/([^"]+)"', text)):
        assert used in whole["components"]["schemas"], used
    assert "#/$defs/" not in text, "a schema that no part of the document holds"
