"""One place for a channel's own history, so that all channels learn together what one's own history tells.

Whether somebody reads letters shows in the letters he read, and of those a channel alone has seen few. Laid in one
place, the reads of whatever channel is asked about teach one booster of all channels; afterwards each channel's trees
are told where its own history stands in the profile, so that serving reads it as it is.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from models.artifact import Artifact
from models.base import ModelSpec
from models.packing import pack, unpack
from regua.columns import Array
from regua.errors import DataError
from training.examples import Examples

OWN_FACTS: Mapping[str, tuple[str, ...]] = {"contactability": ("attempts_30d_", "read_90d_", "has_point_")}
"""Which facts of a model are kept channel by channel; its arms are those channels."""


def places(spec: ModelSpec, arm: str) -> list[tuple[str, str]]:
    """Return pairs of facts that trade places for an arm: that of the first arm, where all learn, and its own.

    Examples
    --------
    >>> from models import SPECS
    >>> places(SPECS["contactability"], "sms")[1]
    ('read_90d_push', 'read_90d_sms')
    >>> places(SPECS["channel_response"], "sms")
    []
    """
    if not spec.arms or arm == spec.arms[0]:
        return []
    pairs = [(f"{fact}{spec.arms[0]}", f"{fact}{arm}") for fact in OWN_FACTS.get(spec.name, ())]
    return [pair for pair in pairs if set(pair) <= set(spec.features)]


def in_one_place(spec: ModelSpec, examples: Examples, arm: Array) -> Examples:
    """Lay each case's own history, by its ``(n,)`` arm, where that of the first arm stands, and that in its stead."""
    if spec.name not in OWN_FACTS:
        return examples
    columns: dict[str, Array] = dict(examples.columns)
    for one in spec.arms:
        mine = arm == one
        for first, own in places(spec, one) if mine.any() else ():
            if first in columns and own in columns:
                before = {name: examples.columns[name] for name in (first, own)}
                columns[first] = np.where(mine, before[own], columns[first])
                columns[own] = np.where(mine, before[first], columns[own])
    return replace(examples, columns=columns)


def at_home(artifact: Artifact, spec: ModelSpec, arm: str) -> Artifact:
    """Return an arm's artifact as one that reads its own history where the profile has it.

    Raises
    ------
    DataError
        A fact whose direction is known would trade places with one whose is not; or scores would change.
    """
    import lightgbm

    pairs = [pair for pair in places(spec, arm) if set(pair) <= set(artifact.features)]
    if not pairs or artifact.booster is None:
        return artifact
    order = np.arange(len(artifact.features))
    for first, own in pairs:
        if spec.monotone.get(first, 0) != spec.monotone.get(own, 0):
            raise DataError(f"{first} and {own} are not constrained alike", expected="one direction for all channels")
        here, there = artifact.features.index(first), artifact.features.index(own)
        order[here], order[there] = there, here
    # Written twice: LightGBM itself then says where each tree begins.
    text = lightgbm.Booster(model_str=_renamed(artifact.booster.model_to_string(), order)).model_to_string()
    served = lightgbm.Booster(model_str=text)
    golden = artifact.body["golden"]
    rows, raw = unpack(golden["rows"])[:, order], unpack(golden["raw"])
    if not np.array_equal(served.predict(rows, raw_score=True, num_threads=1), raw):
        raise DataError(f"{artifact.name} scores otherwise once its facts stand at home", expected="the same bits")
    body = {**artifact.body, "golden": {**golden, "rows": pack(np.ascontiguousarray(rows))}}
    return replace(artifact, body=body, booster=served, booster_text=text)


def _renamed(text: str, order: Array) -> str:
    """Let every split of a booster's text, and what it says of each feature's range, name features in another order."""
    told = []
    for line in text.splitlines():
        name, _, value = line.partition("=")
        if name == "split_feature" and value:
            told.append(f"{name}={' '.join(str(order[int(one)]) for one in value.split(' '))}")
        elif name == "feature_infos":
            infos = value.split(" ")
            told.append(f"{name}={' '.join(infos[place] for place in order)}")
        elif name != "tree_sizes":
            told.append(line)
    return "\n".join(told) + "\n"
