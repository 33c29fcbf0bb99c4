"""Pages from templates that share one frame; each opens offline and asks for nothing from outside."""

from functools import cache
from pathlib import Path
from typing import Any

_FRAME = Path(__file__).parent


def render(template: Path, **given: Any) -> str:
    """Fill in a template, ``<name>.html.j2`` or ``<name>.md.j2``; one of HTML extends ``frame.html.j2``.

    Parameters
    ----------
    template
        The file; what lies beside it can be included.
    given
        What it speaks of. A name it asks for and was not given is an error.
    """
    return str(_templates(template.parent).get_template(template.name).render(**given)).strip() + "\n"


@cache
def _templates(folder: Path) -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    return Environment(
        loader=FileSystemLoader([folder, _FRAME]),
        autoescape=select_autoescape(("html.j2",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
