"""In which language a caller is answered."""

LANGUAGES = ("pt-BR", "en")
_BY_TONGUE = {name.split("-")[0]: name for name in LANGUAGES}


def language_of(accepted: str | None, usual: str = "pt-BR") -> str:
    """Choose the language a caller likes best of those we speak.

    Parameters
    ----------
    accepted
        The header ``Accept-Language`` (RFC 9110, 12.5.4); what cannot be read in it counts for nothing.
    usual
        The answer where the caller likes none of ours more than another.

    Examples
    --------
    >>> language_of("en-GB;q=0.7, pt;q=0.9")
    'pt-BR'
    >>> language_of("fr, en;q=0.1")
    'en'
    >>> language_of(None)
    'pt-BR'
    """
    if not accepted:
        return usual
    best, liked = usual, 0.0
    for part in accepted[:200].split(","):
        name, _, weight = part.strip().partition(";")
        language = _BY_TONGUE.get(name.split("-")[0].strip().lower())
        quality = _quality(weight)
        if language and quality > liked:
            best, liked = language, quality
    return best


def _quality(weight: str) -> float:
    name, _, number = weight.partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(max(float(number), 0.0), 1.0)
    except ValueError:
        return 0.0
