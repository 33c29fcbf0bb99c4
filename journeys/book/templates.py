"""Messages by channel: what each is for, and a sketch of its text."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from journeys.language.reading import Document, understand, unknown
from journeys.language.strict import Name, Purpose, Strict, Words
from regua.errors import BookError, Place
from regua.vocabulary import CHANNELS, Channel

PLACEHOLDERS = frozenset(
    {"name", "amount", "due_date", "days_past_due", "pix_code", "barcode", "pay_link", "plan_link", "creditor",
     "opt_out", "promise_date", "receipt_link", "protocol", "phone"}
)  # fmt: skip
"""What a channel fills in when it renders; values never enter Regua."""


class Template(Strict):
    """One message: a request to pay (``collection``) or an answer we owe (``service``)."""

    purpose: Purpose
    text: Words


class TemplatesFile(Strict):
    """Templates by channel, then by name."""

    templates: dict[Channel, dict[Name, Template]]


@dataclass(frozen=True, slots=True)
class Templates:
    """Templates by ``channel/name``."""

    known: Mapping[str, Template]

    def of(self, rung: str, place: Place) -> Template:
        """Return the template of a rung.

        Raises
        ------
        BookError
            No such channel, or no such template on it; with the nearest that exists.
        """
        found = self.known.get(rung)
        if found is not None:
            return found
        channel, _, name = rung.partition("/")
        if channel not in set(CHANNELS):
            raise unknown("channel", channel, [str(one) for one in CHANNELS], place)
        raise unknown(f"template of {channel}", name, [key.partition("/")[2] for key in self.on(channel)], place)

    def on(self, channel: str) -> Iterator[str]:
        """Name what can be sent by a channel."""
        return (rung for rung in self.known if rung.startswith(f"{channel}/"))


def compile_templates(document: Document) -> Templates:
    """Compile the templates and refuse placeholders nobody fills in.

    Raises
    ------
    BookError
        An unknown channel, key or placeholder.
    """
    written = understand(document, TemplatesFile)
    known: dict[str, Template] = {}
    for channel, templates in written.templates.items():
        for name, template in templates.items():
            for language, text in template.text.both().items():
                place = document.place("templates", channel, name, "text", language)
                if text.count("{") != len(re.findall(r"\{[a-z_]+\}", text)):
                    raise BookError("a brace without a placeholder", expected="{amount} and the like", place=place)
                for word in re.findall(r"\{([a-z_]+)\}", text):
                    if word not in PLACEHOLDERS:
                        raise unknown("placeholder", word, sorted(PLACEHOLDERS), place)
            known[f"{channel}/{name}"] = template
    return Templates(known)
