"""Are these two people, or one? A change that needs a second person's word compares names here."""

import unicodedata


def plain(name: str) -> str:
    r"""Reduce a name to what a reader sees of it, so that one person does not pass for two.

    Examples
    --------
    >>> plain("  Ana\u200b  Souza ")
    'ana souza'
    """
    seen = "".join(sign for sign in unicodedata.normalize("NFKC", name) if unicodedata.category(sign) != "Cf")
    return " ".join(seen.split()).casefold()


def same_person(one: str, other: str) -> bool:
    """Tell whether two names are one person's, as far as a reader can see.

    Examples
    --------
    >>> same_person("Ana Souza", "ANA  SOUZA"), same_person("Ana Souza", "Bia Souza")
    (True, False)
    """
    return plain(one) == plain(other)
