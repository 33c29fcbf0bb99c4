"""What an SMS costs: letters of the plain alphabet, 160 to a message; any other letter makes it 70."""

import unicodedata
from dataclasses import dataclass

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""GSM 03.38, the default alphabet: one septet each."""
EXTENDED = frozenset("^{}\\[~]|€\f")
"""Its extension table: an escape and a septet."""

SINGLE, JOINED = 160, 153
SINGLE_UCS2, JOINED_UCS2 = 70, 67

_ALIKE = str.maketrans({"–": "-", "—": "-", "‘": "'", "’": "'", "“": '"', "”": '"', "\u00a0": " ", "\u202f": " "})


@dataclass(frozen=True, slots=True)
class Size:
    """How long an SMS is: ``units`` of its alphabet and the ``parts`` a provider charges."""

    alphabet: str
    units: int
    parts: int


def fold(text: str) -> str:
    """Write a text in the letters a plain SMS has, where a letter has a plain twin.

    Letters of the alphabet stay as they are; an emoji or another script stays too, and costs what it costs.

    Examples
    --------
    >>> fold("Não pôde? Ação às 10h – até amanhã")
    'Nao pode? Acao às 10h - até amanha'
    """
    return "".join(_plain(letter) for letter in text.translate(_ALIKE))


def size(text: str) -> Size:
    """Count an SMS as providers do; a letter that takes two units is never cut between two parts.

    Examples
    --------
    >>> size("a" * 160), size("a" * 161)
    (Size(alphabet='gsm7', units=160, parts=1), Size(alphabet='gsm7', units=161, parts=2))
    >>> size("ã" * 71)
    Size(alphabet='ucs2', units=71, parts=2)
    """
    if all(letter in BASIC or letter in EXTENDED for letter in text):
        widths = [2 if letter in EXTENDED else 1 for letter in text]
        return _size("gsm7", widths, SINGLE, JOINED)
    return _size("ucs2", [2 if ord(letter) > 0xFFFF else 1 for letter in text], SINGLE_UCS2, JOINED_UCS2)


def _size(alphabet: str, widths: list[int], single: int, joined: int) -> Size:
    units = sum(widths)
    if units <= single:
        return Size(alphabet, units, 1)
    parts, room = 1, joined
    for width in widths:
        if width > room:
            parts, room = parts + 1, joined
        room -= width
    return Size(alphabet, units, parts)


def _plain(letter: str) -> str:
    if letter in BASIC or letter in EXTENDED:
        return letter
    bare = "".join(one for one in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(one))
    return bare if bare and all(one in BASIC for one in bare) else letter
