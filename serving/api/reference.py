"""The page a person reads the operations on: made here from the description itself, with nothing from elsewhere.

It runs no script and loads nothing, so that its policy may forbid both, and a network that reaches nobody shows it too.
"""

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from shlex import quote
from typing import Any

import orjson
from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from serving.api.languages import language_of

PATH = "/docs"
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem;color:#1b1b1b;background:#fff}"
    "summary{cursor:pointer;padding:.3rem 0}code,pre{font:14px/1.4 ui-monospace,monospace}"
    "pre{background:#f4f4f2;padding:.7rem;overflow-x:auto}table{border-collapse:collapse;width:100%}"
    "td,th{border-top:1px solid #ddd;padding:.3rem .6rem .3rem 0;text-align:left;vertical-align:top}"
    "details{border-top:1px solid #ddd;padding-left:1rem}summary b{display:inline-block;min-width:4rem}"
)
POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""What the page may do: show this one style sheet, and nothing more."""
_WORDS = {
    "en": {
        "title": "The operations of Regua", "roles": "Roles", "parameters": "Parameters", "body": "Body",
        "answers": "Answers", "schemas": "Schemas", "needed": "required", "public": "anybody",
        "whole": "The same for programs: OpenAPI 3.1", "codes": "Problems and reasons",
    },
    "pt-BR": {
        "title": "As operações da Regua", "roles": "Papéis", "parameters": "Parâmetros", "body": "Corpo",
        "answers": "Respostas", "schemas": "Esquemas", "needed": "obrigatório", "public": "qualquer um",
        "whole": "O mesmo para programas: OpenAPI 3.1", "codes": "Problemas e motivos",
    },
}  # fmt: skip
Told = Mapping[str, Any]
Words = Mapping[str, str]


def install(app: FastAPI) -> None:
    """Make an application serve the page; it is made once a language, when it is first asked for."""
    made: dict[str, str] = {}

    async def page(request: Request) -> Response:
        language = language_of(request.headers.get("accept-language"))
        if language not in made:
            made[language] = render(app.openapi(), language)
        headers = {"Content-Language": language, "Vary": "Accept-Language", "Content-Security-Policy": POLICY}
        return HTMLResponse(made[language], headers=headers)

    app.router.routes.append(Route(PATH, page, methods=["GET"], include_in_schema=False))


def render(described: Told, language: str) -> str:
    """Write an OpenAPI document as a page; its own words are English, those around them are in the language."""
    words = _WORDS[language]
    return "\n".join(_page(described, words, language))


def _page(described: Told, words: Words, language: str) -> Iterator[str]:
    title = escape(words["title"])
    yield f'<!doctype html>\n<html lang="{language}">\n<head><meta charset="utf-8">'
    yield f'<meta name="viewport" content="width=device-width"><title>{title}</title><style>{_STYLE}</style></head>'
    yield f"<body>\n<h1>{title}</h1>\n<p lang='en'>{escape(described['info']['description'])}</p>"
    yield f'<p><a href="/openapi.json">{escape(words["whole"])}</a> · <a href="/v1/problems">{escape(words["codes"])}'
    yield '</a></p>\n<div lang="en">'
    for tag in described["tags"]:
        yield f"<h2>{escape(tag['name'])}</h2><p>{escape(tag['description'])}</p>"
        for path, methods in described["paths"].items():
            for method, one in methods.items():
                if tag["name"] in one["tags"]:
                    yield _operation(method.upper(), path, one, words)
    yield f"<h2>{escape(words['schemas'])}</h2>"
    for name, schema in described["components"]["schemas"].items():
        yield _folded(f'<code id="{escape(name)}">{escape(name)}</code>', _schema(schema, words))
    yield "</div>\n</body>\n</html>\n"


def _operation(method: str, path: str, one: Told, words: Words) -> str:
    roles = ", ".join(one["x-roles"]) if one["security"] else words["public"]
    parts = [*_paragraphs(one["description"]), f"<p>{escape(words['roles'])}: {escape(roles)}</p>"]
    if one.get("parameters"):
        rows = ((told["name"], told["in"], told["required"], told) for told in one["parameters"])
        parts.append(f"<h3>{escape(words['parameters'])}</h3>{_table(rows, words)}")
    body = one.get("requestBody", {}).get("content", {})
    if body:
        parts.append(f"<h3>{escape(words['body'])}</h3>{_contents(body)}")
    parts.append(f"<pre>{escape(_curl(method, path, one, body))}</pre><h3>{escape(words['answers'])}</h3>")
    for status, told in one["responses"].items():
        parts.append(f"<p><b>{status}</b> {escape(told['description'])}</p>")
        if status.startswith("2"):
            parts.append(_contents(told.get("content", {})))
    title = f"<b>{method}</b> <code>{escape(path)}</code> {escape(one['summary'])}"
    return _folded(title, "".join(parts), one["operationId"])


def _curl(method: str, path: str, one: Told, body: Told) -> str:
    for told in one.get("parameters", ()):
        if told["in"] == "path":
            path = path.replace(f"{{{told['name']}}}", str(told["example"]))
    lines = [f"curl -s {'' if method == 'GET' else f'-X {method} '}{quote('http://127.0.0.1:8000' + path)}"]
    if one["security"]:
        lines.append('-H "Authorization: Bearer $REGUA_KEY"')
    for media, told in list(body.items())[:1]:
        example = next(_examples(told), None)
        text = example if isinstance(example, str) else orjson.dumps(example).decode()
        lines += [f"-H {quote(f'Content-Type: {media}')}", f"--data-binary {quote(text)}"]
    return " \\\n  ".join(lines)


def _contents(contents: Told) -> str:
    made = []
    for media, told in contents.items():
        made.append(f"<p><code>{escape(media)}</code> {_kind(told['schema'])}</p>")
        for example in _examples(told):
            text = example if isinstance(example, str) else orjson.dumps(example, option=orjson.OPT_INDENT_2).decode()
            made.append(f"<pre>{escape(text)}</pre>")
    return "".join(made)


def _examples(told: Told) -> Iterator[Any]:
    if "example" in told:
        yield told["example"]
    for one in told.get("examples", {}).values():
        yield one["value"]


def _schema(schema: Told, words: Words) -> str:
    needed = schema.get("required", ())
    rows = ((name, "", name in needed, {"schema": part, **part}) for name, part in schema.get("properties", {}).items())
    told = "".join(_paragraphs(schema.get("description", "")))
    return told + (_table(rows, words) if "properties" in schema else f"<p>{_kind(schema)}</p>")


def _table(rows: Iterable[tuple[str, str, bool, Told]], words: Words) -> str:
    made = [
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(place)} {_kind(told['schema'])}"
        f"{' · ' + escape(words['needed']) if needed else ''}</td><td>{escape(told.get('description', ''))}</td></tr>"
        for name, place, needed, told in rows
    ]
    return f"<table>{''.join(made)}</table>"


def _kind(schema: Told) -> str:
    """Say what a value is, with a link to what it is made of."""
    if "$ref" in schema:
        name = escape(str(schema["$ref"]).rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    either = schema.get("anyOf") or schema.get("oneOf")
    if either:
        return " | ".join(_kind(one) for one in either)
    if "const" in schema or "enum" in schema:
        values = schema.get("enum", [schema.get("const")])
        return " | ".join(f"<code>{escape(orjson.dumps(value).decode())}</code>" for value in values)
    if schema.get("type") == "array":
        return f"[{_kind(schema.get('items', {}))}]"
    kind = str(schema.get("format") or schema.get("type") or "any")
    return escape(kind)


def _paragraphs(text: str) -> list[str]:
    return [f"<p>{escape(part.strip())}</p>" for part in text.split("\n\n") if part.strip()]


def _folded(title: str, content: str, name: str | None = None) -> str:
    named = f' id="{escape(name)}"' if name else ""
    return f"<details{named}><summary>{title}</summary>{content}</details>"
