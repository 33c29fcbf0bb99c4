"""The service's own description: what integrators generate their clients from."""

import orjson


def test_the_description_of_the_service_is_the_golden_one(crm, golden):
    # Meant to change? pytest tests/api/test_openapi.py --update-golden
    described = crm.get("/openapi.json").json()
    golden("openapi.json", orjson.dumps(described, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
