"""A rule of a policy in words: what it says, in Portuguese and in English."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from journeys.rulebook.grammar import Rule
from journeys.rulebook.week import DAYS, HoursRule, Week, span
from regua.vocabulary import LANGUAGES

HOUR = timedelta(hours=1)

DAY_NAMES: Mapping[str, tuple[str, ...]] = {
    "pt-BR": ("segunda", "terça", "quarta", "quinta", "sexta", "sábado", "domingo"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_SAYINGS: Mapping[str, Mapping[str, str]] = {
    "pt-BR": {
        "holiday": "feriado",
        "never": "nunca",
        "to": "a",
        "all_channels": "todos os canais juntos",
        "at_most": "no máximo {at_most} por {window}, {of}",
        "customer": "por cliente",
        "contract": "por contrato",
        "day": "dia",
        "24h": "24 horas móveis",
        "7d": "7 dias móveis",
        "conversation": "conversa sem resposta",
        "after_contact": "descanso de {time} após um contato",
        "after_conversation": "descanso de {time} após uma conversa",
        "opt_in": "só com um sim do cliente",
        "no_opt_out": "salvo se o cliente disse não",
        "stops_all": "{holds}: nenhum contato",
        "stops_collection": "{holds}: nada que peça pagamento",
        "stops_notice": "{holds}: nenhum aviso legal",
        "critical": "nada sem {fields}",
        "grace": "a promessa segura a cobrança por {days} dias depois do dia prometido",
        "vulnerable": "cliente vulnerável só por estes canais, com {days} dias entre dois contatos",
        "floor": "nada abaixo de {floor} de renda por mês",
        "health": "canal com disjuntor aberto não é usado",
        "refuses": "não leva {purposes}",
        "hours": "{hours} horas",
        "days": "{days} dias",
    },
    "en": {
        "holiday": "holidays",
        "never": "never",
        "to": "to",
        "all_channels": "all channels together",
        "at_most": "at most {at_most} per {window}, {of}",
        "customer": "of a customer",
        "contract": "of a contract",
        "day": "day",
        "24h": "moving 24 hours",
        "7d": "moving 7 days",
        "conversation": "conversation without an answer",
        "after_contact": "a rest of {time} after a contact",
        "after_conversation": "a rest of {time} after a conversation",
        "opt_in": "only after the customer's yes",
        "no_opt_out": "unless the customer has said no",
        "stops_all": "{holds}: no contact at all",
        "stops_collection": "{holds}: nothing that asks for payment",
        "stops_notice": "{holds}: no legal notice",
        "critical": "nothing without {fields}",
        "grace": "a promise holds collection back for {days} days after the promised day",
        "vulnerable": "a vulnerable customer by these channels only, {days} days between two contacts",
        "floor": "nothing below an income of {floor} a month",
        "health": "a channel whose breaker is open is not used",
        "refuses": "carries no {purposes}",
        "hours": "{hours} hours",
        "days": "{days} days",
    },
}


def rule_in_words(section: str, rule: Rule) -> dict[str, str]:
    """Say a rule in each language: in its own words where it has some, or else from its values."""
    return {language: _told(section, rule, language) for language in LANGUAGES}


def week_in_words(week: Week, language: str) -> str:
    """Say a week, days alike together.

    Examples
    --------
    >>> business = dict.fromkeys(DAYS[:5], "08:00-20:00")
    >>> week = Week.model_validate({**business, "saturday": "08:00-14:00", "sunday": "none", "holiday": "none"})
    >>> week_in_words(week, "en")
    'Monday to Friday 08:00-20:00; Saturday 08:00-14:00; Sunday never; holidays never'
    """
    say, names = _SAYINGS[language], DAY_NAMES[language]
    windows = [span(getattr(week, day)).replace("none", say["never"]) for day in DAYS]
    told, first = [], 0
    for day in range(1, len(DAYS) + 1):
        if day < len(DAYS) and windows[day] == windows[first]:
            continue
        days = names[first] if day - first == 1 else f"{names[first]} {say['to']} {names[day - 1]}"
        told.append(f"{days} {windows[first]}")
        first = day
    return "; ".join([*told, f"{say['holiday']} {span(week.holiday).replace('none', say['never'])}"])


def _told(section: str, rule: Any, language: str) -> str:
    if rule.says is not None:
        value = getattr(rule, "value", None)
        said: str = rule.says.say(language)
        return said if value is None else f"{said} ({value:,} {rule.unit})"
    if isinstance(rule, HoursRule):
        return week_in_words(rule.week, language)
    teller = _TELLERS.get(section)
    return teller(rule, language) if teller else str(rule.unit)


def _frequency(rule: Any, language: str) -> str:
    say = _SAYINGS[language]
    told = say["at_most"].format(at_most=rule.at_most, window=say[rule.window], of=say[rule.counts])
    return told if rule.channels else f"{told}, {say['all_channels']}"


def _spacing(rule: Any, language: str) -> str:
    hours = rule.at_least / HOUR
    days = hours >= 48 and hours % 24 == 0
    time = _SAYINGS[language]["days" if days else "hours"].format(hours=f"{hours:g}", days=f"{hours / 24:g}")
    return _SAYINGS[language][f"after_{rule.after}"].format(time=time)


def _plain(key: str, **values: Callable[[Any], object]) -> Callable[[Any, str], str]:
    def tell(rule: Any, language: str) -> str:
        return _SAYINGS[language][key].format(**{name: value(rule) for name, value in values.items()})

    return tell


def _listed(words: Iterable[object]) -> str:
    return ", ".join(str(word) for word in words)


_TELLERS: Mapping[str, Callable[[Any, str], str]] = {
    "holidays": lambda rule, language: f"{rule.title.say(language)}: {_listed(rule.dates)}",
    "frequency": _frequency,
    "spacing": _spacing,
    "consent": lambda rule, language: _SAYINGS[language][rule.needs],
    "holds": lambda rule, language: _SAYINGS[language][f"stops_{rule.stops}"].format(holds=_listed(rule.holds)),
    "critical": _plain("critical", fields=lambda rule: _listed(rule.fields)),
    "promise_grace": _plain("grace", days=lambda rule: rule.days),
    "vulnerable": _plain("vulnerable", days=lambda rule: rule.days),
    "affordability": _plain("floor", floor=lambda rule: f"{rule.income_floor / 100:,.2f}"),
    "channel_health": _plain("health"),
    "wording": _plain("refuses", purposes=lambda rule: _listed(rule.refuses)),
}
