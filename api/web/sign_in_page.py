"""The page on which a reader signs in with a key, and out. The browser keeps it in a cookie, the server nowhere."""

from typing import Final

from fastapi import Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from api.auth.gate import COOKIE, TypedKey
from api.web.problem_words import ProblemWords
from api.web.rendering import WITH_FORM, page
from kb.text.languages import Language

PATH: Final = "/{}/sign-in"
LASTS: Final = 12 * 60 * 60
"""Seconds after which a reader is signed out."""


def sign_in_page(request: Request, language: Language) -> Response:
    """Answer with the form."""
    return sign_in_form(request, language)


def sign_in_form(request: Request, language: Language, problem: ProblemWords | None = None) -> Response:
    """Answer with the form, and what is wrong with the key that was sent."""
    response = page(request, "sign_in.html", language, PATH, problem=problem, field=COOKIE)
    response.headers.update(WITH_FORM)
    return response


async def sign_in(request: Request, language: Language, key: TypedKey) -> Response:
    """Keep the key in a cookie that no script reads and that no other site has sent, and lead to the search page."""
    if not key:
        return RedirectResponse(PATH.format(language), 303)
    response = RedirectResponse(f"/{language}/", 303)
    is_secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, key, max_age=LASTS, secure=is_secure, httponly=True, samesite="strict")
    return response


async def sign_out(request: Request, language: Language) -> Response:
    """Delete the cookie, and lead to the search page."""
    response = RedirectResponse(f"/{language}/", 303)
    forget_key(request, response)
    return response


def forget_key(request: Request, response: Response) -> None:
    """Delete the cookie with the key."""
    is_secure = request.url.scheme == "https"
    response.delete_cookie(COOKIE, secure=is_secure, httponly=True, samesite="strict")
