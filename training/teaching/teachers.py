"""Who teaches which model: chosen by what it answers, and whether it has arms."""

from collections.abc import Mapping
from types import MappingProxyType

from models.base import ModelSpec
from training.teaching import arms, curve, effects, fit, slots
from training.teaching.lesson import Lesson, Taught, Teacher
from training.teaching.whole import teach as alone


def together(lesson: Lesson) -> Taught:
    """Teach arms that share one booster; what goes to work has learned from every case."""
    spec, examples = lesson.spec, lesson.examples
    if fit.refusal(spec, examples.take(lesson.folds.train)) is not None:
        return Taught({}, {})
    cut = (spec, lesson.encoder, lesson.folds.weighted(examples), lesson.arm)
    judged = arms.fit_all(*cut, lesson.folds, lesson.params, threads=lesson.threads)
    whole = (spec, lesson.encoder, examples, lesson.arm)
    final = arms.fit_on_everything(*whole, lesson.params, judged, threads=lesson.threads)
    return Taught(judged.artifacts, {arm: final[arm] for arm in judged.artifacts if arm in final})


TEACHERS: Mapping[str, Teacher] = MappingProxyType(
    {
        "probability": alone,
        "arms": together,
        "curve": curve.teach,
        "slots": slots.teach,
        "effect": effects.teach,
    }
)
"""By what a model answers; ``arms`` for a probability that has them."""


def teacher_of(spec: ModelSpec) -> Teacher:
    """Return who can teach a model."""
    return TEACHERS["arms" if spec.answers == "probability" and spec.arms else spec.answers]
