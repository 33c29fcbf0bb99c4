"""One training on its way through the stages, each a checkpoint that a later run may go on from."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from features import catalog
from models import SPECS
from models.encode import Encoder
from models.families import FAMILIES, TEXT_FEATURES
from regua.columns import Columns
from regua.errors import DataError
from regua.records import canonical
from regua.settings import Settings
from training import checkpoints, gating, saving
from training.cases import datasets, fingerprint
from training.cases.datasets import Dataset
from training.cases.fingerprint import Fingerprint
from training.cases.profiles import Profiles
from training.checkpoints import Run
from training.judging import card, fairness, golden
from training.judging.card import About
from training.judging.split import Folds
from training.learned import Learned, LearnReport
from training.modelling import Progress, folds_of, learn_model
from training.outcomes.settling import settle_log
from training.plan import Plan
from training.releasing import bundle
from training.stages import Stages

TOLD = "run.json"
"""In a run's folder: what was asked of it, and whether it is finished."""

_CODE = ("training", "models", "features", "regua")


@dataclass(slots=True)
class Course:
    """One training on its way through the stages."""

    settings: Settings
    as_of: datetime
    plan: Plan
    seed: int
    trials: int
    planned: list[str]
    stages: Stages
    say: Progress
    minutes: float | None = None
    checkpoint: Run = field(init=False)
    key: str = field(init=False)
    _cut: dict[str, tuple[Dataset, Folds]] = field(default_factory=dict)
    _stands_on: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        asked = self._asked()
        self.checkpoint = Run(self.settings.learning, checkpoints.key(asked, self.as_of.isoformat()))
        self._tell(finished=False)

    def run(self, by: str) -> LearnReport:
        """Go through the stages up to the cards."""
        with self.stages.stage("outcomes"):
            settled = settle_log(self.settings, self.as_of)
        with self.stages.stage("history"):
            history = fingerprint.of(self.settings)
            self.key = self._key(history)
        cases, profiles = self._cases(history)
        encoder = Encoder.learn(
            tuple(dict.fromkeys(f for spec in SPECS.values() for f in spec.features)), datasets.words_seen(cases)
        )
        taught = {name: self._taught(name, cases[name], encoder) for name in self.planned}
        learned, gates = self._gated(taught)
        with self.stages.stage("release"):
            release = self._release(learned, gates)
        report = LearnReport(
            release,
            self.as_of,
            self.plan.name,
            self.seed,
            tuple(self.plan.grid(self.as_of)),
            tuple(learned),
            missing_families(*(data.examples.columns for data in cases.values())),
            tuple(name for name in SPECS if name not in self.planned),
            None,
            gates=gates,
            profiles=profiles,
            settled=settled,
        )
        with self.stages.stage("cards"):
            self._cards(report, by)
        return report

    def log(self, report: LearnReport, mlruns: Path, by: str) -> LearnReport:
        """Write the experiment log."""
        from training.releasing import register

        with self.stages.stage("experiment log"):
            run = register.log(
                report,
                self.settings.releases / report.release_id,
                mlruns,
                about=self._about(report, by),
                gates=report.gates,
                cards=self.settings.cards / report.release_id,
            )
        return replace(report, mlflow_run=run)

    def close(self) -> None:
        """Mark the training as finished, and forget older ones."""
        self._tell(finished=True)
        self.checkpoint.forget_older()

    def _cases(self, history: Fingerprint) -> tuple[dict[str, Dataset], dict[str, int]]:
        counted: dict[str, int] = {}

        def make(folder: Path) -> None:
            self.say(f"cases at {len(self.plan.grid(self.as_of))} moments and before each choice, and their profiles")
            version = checkpoints.key(checkpoints.code("features", "regua"), self.settings.zone)
            profiles = Profiles(self.settings, self.settings.learning / "profiles", version, history)
            customers = datasets.learned_from(self.settings, self.plan.customers_maximum, seed=self.seed)
            made = datasets.build(self.settings, self.plan, self.as_of, customers, seed=self.seed, profiles=profiles.at)
            counted.update(
                reused=profiles.reused, computed=profiles.computed, moments_computed=profiles.moments_computed
            )
            saving.write_datasets(folder, made)
            (folder / "profiles.json").write_bytes(canonical(counted))

        with self.stages.stage("cases", is_resumed=self.checkpoint.done("cases", self.key)):
            folder = self.checkpoint.keep("cases", self.key, make)
            cases = saving.read_datasets(folder, self.plan)
            counted = orjson.loads((folder / "profiles.json").read_bytes())
        if not any(len(data.examples) for data in cases.values()):
            raise DataError(
                f"no contract was in arrears at the {len(self.plan.grid(self.as_of))} moments before "
                f"{self.as_of:%Y-%m-%d}",
                expected="invoices past due in that stretch of history",
                remedy="choose another moment with --as-of, or a plan with other moments",
            )
        return cases, counted

    def _taught(self, name: str, data: Dataset, encoder: Encoder) -> list[Learned]:
        stage = f"teach-{name}"

        def make(folder: Path) -> None:
            learned = learn_model(
                self.settings,
                self.plan,
                data,
                encoder,
                seed=self.seed,
                trials=self.trials,
                minutes=self._minutes_each(),
                storage=self.checkpoint.folder / f"trials-{name}-{self.key}.jsonl",
                say=self.say,
            )
            saving.write_learned(folder, learned)

        with self.stages.stage(f"teach {name}", is_resumed=self.checkpoint.done(stage, self.key)):
            folds = folds_of(self.plan, data, self.seed)
            self._cut[name] = data, folds
            return saving.read_learned(self.checkpoint.keep(stage, self.key, make), data, folds)

    def _gated(self, taught: Mapping[str, list[Learned]]) -> tuple[list[Learned], dict[str, Any]]:
        champion = gating.champion_of(self.settings)
        strategy = digests(self.key)["book"], checkpoints.code("journeys"), self.plan.decisions_may_change
        key = checkpoints.key(self.key, champion.release_id if champion else None, strategy)

        def make(folder: Path) -> None:
            people = fairness.people(self.settings)
            known = golden.profiles(self.settings, self.as_of, seed=self.seed) if champion else None
            found: dict[str, Any] = {}
            for name, arms in taught.items():
                self.say(f"{name}: gates")
                found |= gating.check(arms, *self._cut[name], champion, people, known=known, seed=self.seed)
            if champion and known:
                self.say("decisions")
                made = gating.at_work(taught, found, self._cut, champion)
                found |= gating.decisions_of(champion, made, known, self.settings, self.plan, self.as_of)
            gating.write(folder, found)

        with self.stages.stage("gates", is_resumed=self.checkpoint.done("gates", key)):
            found = gating.read(self.checkpoint.keep("gates", key, make))
            return gating.at_work(taught, found, self._cut, champion), found

    def _release(self, learned: list[Learned], gates: gating.Results) -> str:
        stood_in = {one.artifact.name for one in learned if one.stands_in}
        return bundle.write(
            self.settings,
            [one.artifact for one in learned],
            trained_as_of=self.as_of,
            catalog_digest=catalog.catalog_digest(),
            metrics={one.artifact.name: one.artifact.body["metrics"] for one in learned},
            gates=[
                {"model": name, "stood_in": name in stood_in, **one.to_json()}
                for name, found in gates.items()
                for one in found
            ],
            cards=self.planned,
        )

    def _cards(self, report: LearnReport, by: str) -> None:
        about, people = self._about(report, by), fairness.people(self.settings)
        for name in self.planned:
            arms = [one for one in report.models if one.spec.name == name]
            train = {one.arm: gating.learning_cases(one, *self._cut[name]) for one in arms}
            cut = {one.arm: gating.periods(one, *self._cut[name]) for one in arms}
            moved = {arm: both for arm, both in cut.items() if both is not None}
            self.say(f"{name}: card")
            card.write(
                self.settings.cards / report.release_id,
                arms,
                report.gates,
                about,
                train=train,
                people=people,
                periods=moved,
            )

    def _about(self, report: LearnReport, by: str) -> About:
        self._stands_on = self._stands_on or digests(self.key)
        return About(
            report.trained_as_of,
            report.plan,
            report.seed,
            by,
            self._stands_on,
            moments=report.moments,
            missing_families=report.missing_families,
        )

    def _key(self, history: Fingerprint) -> str:
        """Name everything the cases and what is taught from them depend on."""
        known = history.up_to(np.array([self.as_of.replace(tzinfo=None)], "datetime64[us]"))
        specs = {name: repr(self.plan.spec(name)) for name in self.planned}
        machine = {"zone": self.settings.zone, "threads": self.settings.threads}
        asked = self._asked()
        return checkpoints.key(
            known, asked, self.as_of.isoformat(), specs, machine, catalog.catalog_digest(), checkpoints.code(*_CODE)
        )

    def _asked(self) -> dict[str, Any]:
        return asked_of(self.plan, self.seed, self.trials, self.minutes)

    def _minutes_each(self) -> float | None:
        """Return each model's part of the time for searching; what answers with no chance is not searched for."""
        searched = sum(SPECS[name].answers == "probability" for name in self.planned)
        return None if self.minutes is None else self.minutes / max(searched, 1)

    def _tell(self, *, finished: bool) -> None:
        told = {"as_of": self.as_of.isoformat(), "finished": finished}
        asked = self._asked()
        (self.checkpoint.folder / TOLD).write_bytes(canonical(told | {"asked": asked}))


def digests(data: str) -> dict[str, str]:
    """Name all that a training stands on: its data, the catalogue of features, the book of strategy, the code."""
    from journeys import book

    return {
        "data": data,
        "catalogue": catalog.catalog_digest(),
        "book": book.digest_of(),
        "code": checkpoints.code(*_CODE),
    }


def missing_families(*facts: Columns) -> tuple[str, ...]:
    """Name the families of facts that a book does not have at all."""
    return tuple(
        family
        for family, features in FAMILIES.items()
        if not any(_known(name, columns) for columns in facts for name in features if name in columns)
    )


def _known(name: str, facts: Columns) -> bool:
    column = facts[name]
    if name in TEXT_FEATURES:
        return any(word is not None for word in column)
    # A count that is zero for everybody says that the book does not record such events.
    return bool(np.any(np.nan_to_num(column) != 0))


def asked_of(plan: Plan, seed: int, trials: int, minutes: float | None = None) -> dict[str, Any]:
    """Say what a training was asked for, apart from its moment; a limit that only gates read teaches nothing else."""
    effort = {"trials": trials} if minutes is None else {"minutes": minutes}
    return {"plan": plan.model_dump(mode="json", exclude={"decisions_may_change"}), "seed": seed, **effort}
