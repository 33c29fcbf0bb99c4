"""An explanation in words, Portuguese or English: for the command line, which draws it, and for the API."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from journeys.book.economy import THOUSAND
from regua.money import in_words
from serving.proving.explaining import Explanation, Fact, Score, Sum

_WORDS: dict[str, tuple[str, str]] = {
    "facts": ("O que se sabia", "What was known"),
    "scores": ("O que se previu", "What was predicted"),
    "weighed": ("O que se pesou", "What was weighed"),
    "why": ("Por quê", "Why"),
    "customer": ("cliente", "customer"),
    "decided_at": ("decidido em", "decided at"),
    "as_of": ("perfil de", "profile of"),
    "action": ("ação", "action"),
    "send_at": ("enviar em", "send at"),
    "journey": ("jornada", "journey"),
    "journey_value": ("{title} (versão {version}), dia {day}, passo {step} de {steps}",
                      "{title} (version {version}), day {day}, step {step} of {steps}"),
    "value": ("valor", "value"),
    "chance": ("chance desta escolha", "chance of this choice"),
    "explored": ("sorteado para aprender", "drawn by lot, to learn"),
    "missing": ("faltou", "was missing"),
    "null": ("não se sabe", "not known"),
    "yes": ("sim", "yes"),
    "no": ("não", "no"),
    "prior": ("suposição documentada", "documented prior"),
    "stopped": ("impedido", "stopped"),
    "from": ("permitido a partir de", "permitted from"),
    "worth_less": ("vale menos", "is worth less"),
    "chosen": ("escolhido", "chosen"),
    "sum": ("({p} − {q}) × {amount} = {gain}; menos custo {outlay} e dano {harm}",
            "({p} − {q}) × {amount} = {gain}; less cost {outlay} and harm {harm}"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Predicted:
    """One score in words: its value, where it comes from, and the reasons of one that decided."""

    name: str
    value: str
    source: str
    reasons: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class Weighed:
    """One candidate in words: its worth, where it stands, the sum behind its worth, and what stopped it."""

    action: str
    worth: str
    standing: str
    arithmetic: str | None
    barriers: tuple[Mapping[str, str], ...]


class Teller:
    """Puts each part into words of one language."""

    def __init__(self, explanation: Explanation, language: str) -> None:
        self._found, self._language = explanation, language

    def say(self, key: str) -> str:
        """Return a word."""
        return _WORDS[key][1 if self._language == "en" else 0]

    def head(self) -> Iterator[tuple[str, str]]:
        """Tell who, when, what and how probable."""
        body = self._found.decision
        yield self.say("customer"), f"{body['customer_id']} ({body['contract_id'] or '–'})"
        yield self.say("decided_at"), body["decided_at"]
        yield self.say("as_of"), self._found.profile_at or self.say("null")
        yield self.say("action"), body["action"]
        if body["send_at"]:
            yield self.say("send_at"), body["send_at"]
        if body["journey"] and self._found.journey_title:
            place = body["journey"]
            step = "–" if place["step"] is None else place["step"] + 1
            title, steps = self._found.journey_title[self._language], self._found.journey_steps
            parts = {"title": title, "version": place["version"], "day": place["day"], "step": step, "steps": steps}
            yield self.say("journey"), self.say("journey_value").format(**parts)
        yield self.say("value"), in_words(body["value_cents"], self._language)
        drawn = f" – {self.say('explored')}" if body["explored"] else ""
        yield self.say("chance"), f"{self._percent(body['propensity'])}{drawn}"
        if body["degraded"]:
            yield self.say("missing"), ", ".join(body["degraded"])

    def facts(self) -> Iterator[tuple[str, ...]]:
        """Tell the highlights of the profile."""
        for fact in self._found.facts:
            yield fact.meaning[self._language], self._value(fact), fact.name

    def why(self) -> Iterator[Mapping[str, str]]:
        """Tell the reasons of the decision, each with its code."""
        for reason in self._found.decision["reasons"]:
            yield {"code": reason["code"], "text": reason["text"][self._language]}

    def scores(self) -> Iterator[Predicted]:
        """Tell each score, and of those that decided their reasons."""
        for score in self._found.scores:
            source = self.say("prior") if score.source == "prior" else score.source
            reasons = tuple({"code": one.code, "text": one.text[self._language]} for one in score.reasons)
            yield Predicted(score.name, self._predicted(score), source, reasons)

    def weighed(self) -> Iterator[Weighed]:
        """Tell every candidate: its worth, and what stopped it."""
        body = self._found.decision
        sums = {one.action: one for one in self._found.sums}
        for one in [{**body, "blocked_by": (), "is_chosen": True}, *body["alternatives"]]:
            action, cents = one["action"], one["value_cents"]
            barriers = tuple(
                {"rule": barrier.rule, "text": barrier.words[self._language], "source": barrier.source}
                for barrier in self._found.barriers.get(action, ())
            )
            yield Weighed(
                action,
                "–" if cents is None else in_words(cents, self._language),
                self._standing(one),
                self._arithmetic(sums[action]) if action in sums else None,
                barriers,
            )

    def _standing(self, one: dict[str, Any]) -> str:
        if one.get("is_chosen"):
            return self.say("chosen")
        if not one["blocked_by"]:
            return self.say("worth_less")
        later = one["earliest_permitted_at"]
        return self.say("stopped") + (f", {self.say('from')} {later}" if later else "")

    def _arithmetic(self, one: Sum) -> str:
        money = {
            name: in_words(round(cents), self._language)
            for name, cents in (
                ("amount", one.collectible_cents),
                ("gain", one.gain_cents),
                ("outlay", one.outlay_per_thousand_cents / THOUSAND),
                ("harm", one.harm_per_thousand_cents / THOUSAND),
            )
        }
        odds = {"p": self._percent(one.response), "q": self._percent(one.response_if_left_alone)}
        return self.say("sum").format(**odds, **money)

    def _predicted(self, score: Score) -> str:
        if score.value is None:
            return self.say("null")
        return f"{score.value:.0f} h" if score.answers == "slots" else self._percent(score.value)

    def _percent(self, share: float) -> str:
        written = f"{share:.1%}"
        return written if self._language == "en" else written.replace(".", ",")

    def _value(self, fact: Fact) -> str:
        if fact.value is None:
            return self.say("null")
        if isinstance(fact.value, str):
            return fact.value
        if fact.kind == "cents":
            return in_words(round(fact.value), self._language)
        if fact.kind == "flag":
            return self.say("yes" if fact.value > 0 else "no")
        return f"{fact.value:g}"
