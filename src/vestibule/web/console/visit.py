"""One request to the console: who asks, in which language, and how pages are made for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vestibule.sign_in.administrator import Administrator
from vestibule.sign_in.session import Session
from vestibule.web.console.cookies import form_token
from vestibule.web.console.forms import FILE_LIMIT, Form, read_form
from vestibule.web.console.frame import Frame
from vestibule.web.console.languages import Language, preferred
from vestibule.web.console.shown import age


@dataclass(slots=True)
class Visit:
    """Settled at the door of the console, handed to the page as one value."""

    frame: Frame
    request: Request
    now: str
    #: The secret that forms are bound to: the session's, or the mark of a browser without one.
    secret: str
    session: Session | None = None
    who: Administrator | None = None
    form: Form = field(default_factory=Form)
    language_code: str = ""

    @property
    def is_signed_in(self) -> bool:
        """Whether there is a session."""
        return self.who is not None

    @property
    def administrator(self) -> Administrator:
        """Who is signed in; only where somebody is."""
        assert self.who is not None, "this page is for whoever is signed in"
        return self.who

    @property
    def language(self) -> Language:
        """What they chose, else the browser's."""
        chosen = self.who.language if self.who else ""
        if chosen not in self.frame.languages:
            chosen = preferred(self.request.headers.get("accept-language", ""), self.frame.languages)
        return self.frame.language(chosen)

    @property
    def place(self) -> str:
        """Where on the network the request comes from."""
        return self.request.client.host if self.request.client else ""

    @property
    def user_agent(self) -> str:
        """The browser's name of itself."""
        return self.request.headers.get("user-agent", "")

    @property
    def is_part(self) -> bool:
        """Whether htmx asks for a part of the page only."""
        return self.request.headers.get("hx-request") == "true"

    def query(self, name: str, most: int = 500) -> str:
        """A parameter of the address, "" where it is not there."""
        return self.request.query_params.get(name, "")[:most].replace("\0", "")

    def path(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])

    def say(self, text: str, **values: object) -> str:
        """The text in the visitor's language."""
        return self.language.say(text, **values)

    def at(self, path: str) -> str:
        """An address of the console, also where it is mounted below another application."""
        root: str = self.request.scope.get("root_path", "")
        return f"{root}{path}"

    def ago(self, at: str) -> str:
        """How long ago that was, in words; the date where it is long ago."""
        unit, count = age(at, self.now)
        match unit:
            case "second":
                return self.say("just now") if count < 5 else self.say("{count} s ago", count=count)
            case "minute":
                return self.say("{count} min ago", count=count)
            case "hour":
                return self.say("{count} h ago", count=count)
            case "day":
                return self.say("yesterday") if count == 1 else self.say("{count} days ago", count=count)
        return at[:10]

    async def read(self, file_limit: int = FILE_LIMIT) -> Form:
        """The form that was sent. ``NotYours`` unless it was made for this session."""
        self.form = await read_form(self.request, self.secret, file_limit)
        return self.form

    def context(self) -> dict[str, Any]:
        """What every template knows."""
        language = self.language
        return {
            "visit": self,
            "_": language.say,
            "language": language.code,
            "languages": self.frame.languages.values(),
            "at": self.at,
            "ago": self.ago,
            "form_token": form_token(self.secret),
            "asset": lambda name: self.at(self.frame.assets[name].address),
            "done": self.query("done", 40),
        }

    def show(self, template: str, status: int = 200, /, **values: Any) -> Response:
        """The page."""
        response = self.frame.page(template, {**self.context(), **values}, status)
        if not self.is_signed_in:
            self.frame.cookies.keep_before(response, self.secret)
        return response

    def part(self, template: str, /, **values: Any) -> str:
        """A piece of a page, as it is streamed or swapped in."""
        return self.frame.html(template, {**self.context(), **values})

    def go(self, path: str, done: str = "", **query: str) -> Response:
        """To another page after a form was sent; ``done`` names the sentence that it shows."""
        asked: Mapping[str, str] = {**query, **({"done": done} if done else {})}
        tail = "&".join(f"{name}={quote(value, safe='')}" for name, value in asked.items())
        address = self.at(path) + (("&" if "?" in path else "?") + tail if tail else "")
        return RedirectResponse(address, 303, headers={"cache-control": "no-store"})
