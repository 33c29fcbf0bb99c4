"""What the codes mean that answers carry: a page for each kind of problem and for each reason."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from regua.errors import NotFoundError
from serving.api import pages
from serving.api.anatomy import PUBLIC, InPath, Resource, spelled
from serving.api.call import Call
from serving.api.problem_types import ProblemType, problem_types

resource = Resource("meanings", "What the codes mean that answers carry, for people and for programs.")
CODE = InPath(spelled("[a-z][a-z0-9_]{0,63}"), "not_found", "A code, as answers carry it.")
REASON = InPath(spelled("[a-z][a-z0-9_]{0,63}"), "no_profile", "A code, as decisions carry it.")

_TYPE: dict[str, Any] = {
    "code": "not_found",
    "type": "/v1/problems/not_found",
    "status": 404,
    "title": {"pt-BR": "Não há nada com este identificador", "en": "Nothing is kept under this identifier"},
    "about": {"pt-BR": "Confira o identificador.", "en": "Check the identifier."},
}
_REASON: dict[str, Any] = {
    "code": "not_in_arrears",
    "text": {"pt-BR": "Nada está vencido.", "en": "Nothing is overdue."},
}


class ProblemTypeOut(BaseModel):
    """One kind of problem: what it means and what to do, in both languages."""

    model_config = ConfigDict(json_schema_extra={"examples": [_TYPE]})

    code: str
    type: str = Field(description="Where this page is; a problem's `type`.")
    status: int
    title: dict[str, str]
    about: dict[str, str]


class ProblemTypesOut(BaseModel):
    """Every kind of problem the service answers with."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"problems": [_TYPE]}]})

    problems: list[ProblemTypeOut]


class ReasonCodeOut(BaseModel):
    """One reason: its code and its sentence in both languages; what stands in braces a decision fills in."""

    model_config = ConfigDict(json_schema_extra={"examples": [_REASON]})

    code: str
    text: dict[str, str]


class ReasonCodesOut(BaseModel):
    """Every reason a decision may carry, under the digest of the book that words them."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"book_digest": "ad9b3923", "reasons": [_REASON]}]})

    book_digest: str
    reasons: list[ReasonCodeOut]


@resource.operation(
    "GET",
    "/v1/problems",
    summary="List the kinds of problems",
    roles=PUBLIC,
    gives=ProblemTypesOut,
    also_as=(pages.HTML,),
)
async def list_problems(call: Call) -> Response:
    """Return each kind of problem with what it means and what to do."""
    found = problem_types()
    title = {"pt-BR": "Problemas", "en": "Problems"}[call.language]
    links = [pages.link(one.path, f"{one.code}: {one.title[call.language]}") for one in found.values()]
    return pages.answer(call, {"problems": [_told(one) for one in found.values()]}, title, links)


@resource.operation(
    "GET",
    "/v1/problems/{code}",
    summary="Explain a kind of problem",
    roles=PUBLIC,
    gives=ProblemTypeOut,
    also_as=(pages.HTML,),
    problems=(404,),
    path_values={"code": CODE},
)
async def problem(call: Call) -> Response:
    """Return what a problem's `type` leads to."""
    found = problem_types().get(call.path["code"])
    if found is None:
        raise NotFoundError("no kind of problem of this code", expected="one of /v1/problems", param="/path/code")
    content = [
        pages.paragraph(found.about[call.language]),
        pages.facts({"code": found.code, "status": found.status}),
        pages.link("/v1/problems", {"pt-BR": "Todos os problemas", "en": "All problems"}[call.language]),
    ]
    return pages.answer(call, _told(found), found.title[call.language], content)


@resource.operation(
    "GET",
    "/v1/reason-codes",
    summary="List the reasons decisions carry",
    roles=PUBLIC,
    gives=ReasonCodesOut,
    also_as=(pages.HTML,),
)
async def list_reasons(call: Call) -> Response:
    """Return each reason with its sentence in both languages, as the book at work words them."""
    book = call.service.book
    told = {
        "book_digest": book.digest,
        "reasons": [{"code": code, "text": text} for code, text in book.reasons.words.items()],
    }
    title = {"pt-BR": "Motivos", "en": "Reasons"}[call.language]
    words = {code: text[call.language] for code, text in book.reasons.words.items()}
    return pages.answer(call, told, title, [pages.facts(words)])


@resource.operation(
    "GET",
    "/v1/reason-codes/{code}",
    summary="Explain a reason",
    roles=PUBLIC,
    gives=ReasonCodeOut,
    also_as=(pages.HTML,),
    problems=(404,),
    path_values={"code": REASON},
)
async def reason(call: Call) -> Response:
    """Return a reason's sentence in both languages."""
    code = call.path["code"]
    text = call.service.book.reasons.words.get(code)
    if text is None:
        raise NotFoundError("no reason of this code", expected="one of /v1/reason-codes", param="/path/code")
    content = [pages.link("/v1/reason-codes", {"pt-BR": "Todos os motivos", "en": "All reasons"}[call.language])]
    return pages.answer(call, {"code": code, "text": text}, text[call.language], content)


def _told(one: ProblemType) -> dict[str, Any]:
    return {"code": one.code, "type": one.path, "status": one.status, "title": one.title, "about": one.about}
