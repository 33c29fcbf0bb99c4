"""The same thing told to a program in JSON and to a person as a page, in their language."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from starlette.responses import Response

from serving.api.call import Call

HTML = "text/html"
_VARY = {"Vary": "Accept, Accept-Language"}
_PAGE = """<!doctype html>
<html lang="{language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title} · Regua</title></head>
<body>
<h1>{title}</h1>
{content}
</body>
</html>
"""


def answer(call: Call, told: Mapping[str, Any], title: str, content: Sequence[str]) -> Response:
    """Answer with JSON, or with a page where the caller asks for one, as browsers do.

    Parameters
    ----------
    told
        What a program is told.
    title
        The page's heading, as plain text.
    content
        The page's parts, as HTML made by :func:`paragraph`, :func:`link` and :func:`facts`.
    """
    if HTML not in call.request.headers.get("accept", ""):
        return call.json(told, headers=_VARY)
    page = _PAGE.format(language=call.language, title=escape(title), content="\n".join(content))
    return Response(page, headers={**_VARY, "Content-Language": call.language}, media_type=HTML)


def paragraph(text: str) -> str:
    """Write a sentence."""
    return f"<p>{escape(text)}</p>"


def link(path: str, text: str) -> str:
    """Write a line that leads to another page."""
    return f'<p><a href="{escape(path)}">{escape(text)}</a></p>'


def facts(pairs: Mapping[str, object]) -> str:
    """Write names and values."""
    return (
        "<dl>"
        + "".join(f"<dt>{escape(name)}</dt><dd>{escape(str(value))}</dd>" for name, value in pairs.items())
        + "</dl>"
    )
