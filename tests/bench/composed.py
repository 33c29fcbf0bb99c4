"""What a careful team composes of the same libraries: features, models and rules, each a server of its own.

As light as is honest: Feast's own SDK on our packed rows (its stock store is slower), models held in memory and asked
without MLflow's layers, rules in plain Python; nothing is logged, no law is looked up and nobody is let in or kept out.
``empty`` is FastAPI alone, with the schemas of a decision: the least that any service of that kind answers in.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regua.settings import Settings
from regua.vocabulary import CHANNELS

if TYPE_CHECKING:
    from fastapi import FastAPI

RULES = (
    lambda row: row["customer_balance_overdue_cents"] > 0,
    lambda row: row["days_past_due"] >= 1,
    lambda row: not row["hold_bits"],
    lambda row: (row["attempts_7d"] or 0) < 3,
    lambda row: (row["attempts_1d"] or 0) < 1,
    lambda row: not row["has_open_dispute"],
    lambda row: not row["has_open_promise"],
    lambda row: not row["is_disaster"],
)


def empty() -> "FastAPI":
    """Answer an example, checked on its way in and out."""
    from fastapi import FastAPI

    from serving.api.schemas import DecisionsOut, DecisionsRequest

    app, example = FastAPI(), DecisionsOut.model_config["json_schema_extra"]["examples"][0]  # type: ignore[index,call-overload]

    @app.post("/v1/decisions", response_model=DecisionsOut)
    async def decide(asked: DecisionsRequest) -> Any:
        return {**example, "results": [{**example["results"][0], "customer_id": name} for name in asked.customer_ids]}

    return app


def features(home: Path) -> "FastAPI":
    """Read profiles by Feast's SDK."""
    from fastapi import FastAPI

    from features import services

    app, feast = FastAPI(), services.store(Settings(home=home, threads=1))
    profile = feast.get_feature_service("profile")

    @app.post("/get-online-features")
    def read(asked: dict[str, Any]) -> Any:
        return feast.get_online_features(features=profile, entity_rows=asked["entity_rows"]).to_dict()

    return app


def models(home: Path) -> "FastAPI":
    """Answer every model of a release for rows of a data frame, as a pyfunc does."""
    import pandas as pd
    from fastapi import FastAPI

    from models import bundle

    app, releases = FastAPI(), home / "releases"
    held = bundle.load(bundle.champion(releases))

    @app.post("/invocations")
    def predict(asked: dict[str, Any]) -> Any:
        split = asked["dataframe_split"]
        frame = pd.DataFrame(split["data"], columns=split["columns"])
        known = frame.select_dtypes("object").where(frame.notna(), None)
        rows = {name: (known if name in known else frame)[name].to_numpy() for name in frame.columns}
        numbers = {name: row.astype(float) if _is_number(row) else row for name, row in rows.items()}
        return {"predictions": {name: scores.tolist() for name, scores in held.scores(numbers).items()}}

    return app


def rules(features_port: int, models_port: int) -> "FastAPI":
    """Ask the other two, then choose the channel of the highest chance among those allowed."""
    import httpx
    from fastapi import FastAPI

    app, client = FastAPI(), httpx.AsyncClient()

    @app.post("/v1/decisions")
    async def decide(asked: dict[str, Any]) -> Any:
        (name,) = asked["customer_ids"]
        entity = {"customer_id": name, "contract_id": f"k{name[1:]}"}
        found = await client.post(
            f"http://127.0.0.1:{features_port}/get-online-features", json={"entity_rows": [entity]}
        )
        row = {column: values[0] for column, values in found.json().items()}
        split = {"columns": list(row), "data": [list(row.values())]}
        said = await client.post(f"http://127.0.0.1:{models_port}/invocations", json={"dataframe_split": split})
        chances = {name: values[0] for name, values in said.json()["predictions"].items()}
        action = "nothing"
        if all(rule(row) for rule in RULES):
            action = max(
                (one for one in CHANNELS if row.get(f"has_point_{one}")),
                key=lambda one: chances.get(f"p_response_{one}") or 0.0,
                default="nothing",
            )
        return {"results": [{"customer_id": name, "action": action}]}

    return app


def _is_number(row: Any) -> bool:
    return row.dtype.kind != "O" or all(value is None or isinstance(value, int | float) for value in row.tolist())


def main() -> None:
    """Serve one of the four: ``python -m tests.bench.composed PORT empty | features HOME | …``."""
    import uvicorn

    port, kind, *given = sys.argv[1:]
    if kind == "rules":
        app = rules(*map(int, given))
    elif kind == "empty":
        app = empty()
    else:
        app = {"features": features, "models": models}[kind](Path(given[0]))
    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
