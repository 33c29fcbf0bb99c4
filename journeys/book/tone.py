"""How a house speaks: what it never says to a customer, why, and what to say instead."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from journeys.language.reading import Document, understand
from journeys.language.strict import Name, Purpose, Strict, Words
from regua.errors import BookError


class Phrases(Strict):
    """Phrases in both languages; either list may be empty."""

    pt_br: list[str] = Field(alias="pt-BR", max_length=200)
    en: list[str] = Field(max_length=200)

    def both(self) -> dict[str, list[str]]:
        """Return the phrases by language."""
        return {"pt-BR": self.pt_br, "en": self.en}


class ToneRule(Strict):
    """Words that are not said, in which messages, and why."""

    why: Words
    instead: Words
    purposes: list[Purpose] | None = Field(None, alias="in", min_length=1)
    channels: Literal["billing_only"] | None = None
    words: Phrases
    unless: Phrases


class ToneFile(Strict):
    """All rules of tone."""

    rules: dict[Name, ToneRule]


@dataclass(frozen=True, slots=True)
class Slip:
    """Words that break a rule of tone."""

    rule: str
    words: str


@dataclass(frozen=True, slots=True)
class Tone:
    """The rules, and each as one pattern a language."""

    rules: Mapping[str, ToneRule]
    patterns: Mapping[tuple[str, str], re.Pattern[str]]
    harmless: Mapping[tuple[str, str], re.Pattern[str]]

    def slips(self, text: str, language: str) -> Iterator[Slip]:
        """List what in a text breaks a rule, whatever its purpose and channel.

        Examples
        --------
        >>> from journeys.book import load
        >>> [slip.words for slip in load().tone.slips("Última fatura: evite TRANSTORNOS", "pt-BR")]
        ['evite transtornos']
        """
        plain = fold(text)
        for name in self.rules:
            said = self.harmless[name, language].sub("_", plain)
            yield from (Slip(name, found[0].strip()) for found in self.patterns[name, language].finditer(said))


def fold(text: str) -> str:
    """Write a text as its bare words: no capitals, accents or signs; a placeholder becomes ``_``.

    Examples
    --------
    >>> fold("Não deixe {name} em ATRASO: pré-aprovado!")
    ' nao deixe _ em atraso pre aprovado '
    """
    filled = re.sub(r"\{[a-z_]*\}", " _ ", text)
    bare = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", filled.lower())
        if not unicodedata.combining(letter) and unicodedata.category(letter) != "Cf"
    )
    # An apostrophe joins: don't is dont. Any other sign parts two words.
    return " " + " ".join(re.sub(r"[^\w]+", " ", re.sub(r"['’]", "", bare)).split()) + " "


def compile_tone(document: Document) -> Tone:
    """Compile the rules of tone.

    Raises
    ------
    BookError
        A part is missing, or a phrase that would fit every text.
    """
    rules = understand(document, ToneFile).rules
    patterns: dict[tuple[str, str], re.Pattern[str]] = {}
    harmless: dict[tuple[str, str], re.Pattern[str]] = {}
    for name, rule in rules.items():
        for part, phrases, found in (("words", rule.words, patterns), ("unless", rule.unless, harmless)):
            for language, words in phrases.both().items():
                place = document.place("rules", name, part, language)
                if any(not fold(phrase.replace("*", "")).strip() for phrase in words):
                    raise BookError("a phrase without a word", expected="words that are not said", place=place)
                found[name, language] = _any_of(words)
    return Tone(rules, patterns, harmless)


def _any_of(phrases: list[str]) -> re.Pattern[str]:
    if not phrases:
        return re.compile(r"(?!)")
    parts = (r"\w*".join(re.escape(fold(part).strip()) for part in phrase.split("*")) for phrase in phrases)
    return re.compile(rf"(?<= )(?:{'|'.join(parts)})(?= )")
