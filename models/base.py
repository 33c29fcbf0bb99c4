"""What a model promises, apart from any data: its unit, its moment, its target and the floor under its evidence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from models.families import FAMILY_OF, PROTECTED, TEXT_FEATURES
from regua.errors import DataError
from regua.vocabulary import HoldKind

Unit = Literal["contract", "treatment", "contact", "promise", "arrangement", "offer"]
Answers = Literal["probability", "effect", "curve", "slots"]
AskedOf = Literal["arrears", "before_due", "open_promise", "in_arrangement"]

STANDING_IN = frozenset({"roll_risk", "self_cure", "channel_response", "offer_response", "complaint_risk"})
"""Models whose documented prior speaks where nothing was learned; any other is silent then: a constant ranks nobody."""

STOPPED_CLOCK: tuple[HoldKind, ...] = (
    HoldKind.DISPUTE_OPEN,
    HoldKind.ARRANGEMENT_CURRENT,
    HoldKind.BREATHING_SPACE,
    HoldKind.OVER_INDEBTED,
    HoldKind.BANKRUPTCY,
    HoldKind.DECEASED,
    HoldKind.LITIGATION,
    HoldKind.FRAUD_CLAIM,
)
"""Holds under which arrears follow other rules than the customer's will and means."""


@dataclass(frozen=True, slots=True)
class Gates:
    """How much evidence a booster needs, and what is too good to be true.

    Below ``minimum_rows`` or ``minimum_positives`` (or as few negatives) a documented prior stands in. A single
    feature that ranks the target better than ``leak_auc`` is taken for a leak and refused. What a trained model is held
    to on the test fold: ``auc_floor`` is what its ranking within arrears buckets must exceed beyond doubt;
    ``worse_than_champion`` the AUC it may lose to the champion; ``calibration_excess`` the calibration error allowed
    above the noise floor; ``psi`` how far scores may move between learning and test period; ``fairness_gap`` how far
    groups of people may differ; ``agreement`` the least rank correlation with the champion.
    """

    minimum_rows: int = 300
    minimum_positives: int = 30
    leak_auc: float = 0.98
    auc_floor: float = 0.5
    worse_than_champion: float = 0.02
    calibration_excess: float = 0.05
    psi: float = 0.25
    fairness_gap: float = 0.10
    agreement: float = 0.3


@dataclass(frozen=True, slots=True)
class Prior:
    """What is believed before there is data: a probability, its weight in rows, and where it comes from."""

    probability: float
    weight_rows: float
    source: str
    status: Literal["cited", "assumed", "unverified"] = "assumed"

    def shrink(self, positives: float, rows: float) -> float:
        """Return the observed rate drawn towards the prior, the mean of a Beta posterior.

        Examples
        --------
        >>> Prior(0.2, 50, "assumed").shrink(positives=40, rows=50)
        0.5
        """
        return (positives + self.probability * self.weight_rows) / (rows + self.weight_rows)


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One prediction, defined: what is asked, of whom, when, and with which facts.

    Parameters
    ----------
    name
        Name of the model, and of its artifact when it has no arms.
    unit
        What a row is: a contract at a moment, or one treatment choice.
    target
        The question in words; the label answers it with 0 or 1.
    observation
        Which rows are asked about, in words.
    gap_days, performance_days
        The label looks at ``(observation + gap, observation + gap + performance]``, in days of 24 hours.
    features
        Names from the profile catalogue.
    monotone
        Features whose effect can only raise (1) or lower (-1) the score.
    gates
        The floor under the evidence.
    prior
        What stands in below that floor, by arm; the key ``""`` is the model without arms.
    arms
        Treatments modelled apart; empty when there is one model.
    excluded_holds
        Holds under which the question makes no sense; such rows are neither learned from nor measured.
    answers
        ``probability``: a calibrated chance; ``effect``: a difference of two chances, which may be below zero;
        ``curve``: shares that add up over the months; ``slots``: the best hours of the day.
    score
        Column its answers stand in, with ``{arm}`` where there are arms and ``{months}`` where there are horizons.
    horizons
        Of a curve, the months after which it is read.
    reads
        Further facts of the profile that its answer rests on and no booster may see.
    asked_of
        Whom serving asks about: customers in arrears, before a due date, with a promise open, in an arrangement.
    used_by
        Where the kernel uses the answer, in words; a model nobody uses does not exist.

    Raises
    ------
    DataError
        A protected attribute, a feature of no family, a feature twice, or a direction that cannot hold.
    """

    name: str
    unit: Unit
    target: str
    observation: str
    gap_days: int
    performance_days: int
    features: tuple[str, ...]
    monotone: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    gates: Gates = Gates()
    prior: Mapping[str, Prior] = field(default_factory=lambda: MappingProxyType({}))
    arms: tuple[str, ...] = ()
    excluded_holds: tuple[HoldKind, ...] = ()
    answers: Answers = "probability"
    score: str = ""
    horizons: tuple[int, ...] = ()
    reads: tuple[str, ...] = ()
    asked_of: AskedOf = "arrears"
    used_by: str = ""

    def __post_init__(self) -> None:
        if forbidden := PROTECTED & set(self.features):
            raise DataError(
                f"model {self.name} lists protected attributes: {', '.join(sorted(forbidden))}",
                expected="facts about the debt and the relation, never about the person's nature",
                remedy="take them out; the fairness report reads them on its own",
            )
        if strangers := [name for name in self.features if name not in FAMILY_OF]:
            raise DataError(
                f"model {self.name} lists features of no family: {', '.join(strangers)}",
                expected="features that models/families.py explains",
                remedy="add the feature to a family there",
            )
        if len(set(self.features)) < len(self.features):
            raise DataError(f"model {self.name} lists a feature twice", expected="each feature once")
        for name, direction in self.monotone.items():
            if name not in self.features or name in TEXT_FEATURES or direction not in (-1, 1):
                raise DataError(
                    f"model {self.name} wants {name} to move the score by {direction}",
                    expected="one of its own numeric features, and 1 or -1",
                )
        if missing := [arm for arm in self.each_arm if arm not in self.prior]:
            raise DataError(f"model {self.name} has no prior for {missing}", expected="a prior for every arm")

    def artifact_name(self, arm: str = "") -> str:
        """Name the artifact of an arm.

        Examples
        --------
        >>> from models import SPECS
        >>> SPECS["channel_response"].artifact_name("sms"), SPECS["roll_risk"].artifact_name()
        ('channel_response_sms', 'roll_risk')
        """
        return f"{self.name}_{arm}" if arm else self.name

    def score_name(self, arm: str = "") -> str:
        """Name the score column of an arm; of a curve, that of its last horizon.

        Examples
        --------
        >>> from models import SPECS
        >>> SPECS["channel_response"].score_name("sms"), SPECS["roll_risk"].score_name()
        ('p_response_sms', 'p_roll')
        """
        return self.score_columns(arm)[-1]

    def score_columns(self, arm: str = "") -> tuple[str, ...]:
        """Name every score column of an arm: one, or one a horizon of a curve."""
        return tuple(self.score.format(arm=arm, months=months) for months in self.horizons or (0,))

    @property
    def each_arm(self) -> tuple[str, ...]:
        """The arms; ``("",)`` of a model without any."""
        return self.arms or ("",)

    @property
    def window_days(self) -> int:
        """Days from the observation until the answer is known."""
        return self.gap_days + self.performance_days

    @property
    def artifact_names(self) -> tuple[str, ...]:
        """Names of all artifacts of this model, in the order of its arms."""
        return tuple(self.artifact_name(arm) for arm in self.each_arm)
