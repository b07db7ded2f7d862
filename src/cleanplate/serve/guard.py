"""What every request has to pass before anybody reads it: host name, origin, token, length; and the headers of every answer.

A page of another site can make a browser send requests to this machine. It is told apart by its ``Origin``, and, where its name was
bent to this address (DNS rebinding), by its ``Host``.
"""

import hmac
import ipaddress
import json
from collections.abc import Mapping

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cleanplate.serve import removebg
from cleanplate.serve.figures import Figures
from cleanplate.serve.options import Options
from cleanplate.serve.problems import Refused
from cleanplate.serve.uploads import too_large

SAFE = ("GET", "HEAD", "OPTIONS")
OPEN = ("/healthz", "/readyz", "/openapi.json")  # beside the page, what needs no token
CLOSED = ("/v1/", "/v1.0/", "/api/", "/metrics")
FORM = 1 << 20  # bytes of a request beside its files
SUBPROTOCOL = "token."
SECURITY = {
    "x-content-type-options": "nosniff",
    "content-security-policy": (
        "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; object-src 'none'; base-uri 'none';"
        " form-action 'self'; frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
HEADERS = [(name.encode(), value.encode()) for name, value in SECURITY.items()]


class Guard:
    """The application behind its checks."""

    def __init__(self, inner: ASGIApp, options: Options, figures: Figures) -> None:
        self.inner, self.options, self.figures = inner, options, figures
        self.names = {"localhost", *(name.lower() for name in (options.host, *options.names))}
        self.caps = caps(options)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self.inner(scope, receive, send)
        send = self.noted(scope, send)
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            self.check(scope, headers)
        except Refused as refused:
            return await turn_away(scope, send, refused)
        most = self.caps.get(scope["path"], FORM)
        return await self.inner(scope, counted(receive, most), with_headers(send))

    def noted(self, scope: Scope, send: Send) -> Send:
        """What is sent, its status counted. Only addresses that there are become names of figures."""

        async def put(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.figures.answered(pattern(scope), message["status"])
            await send(message)

        return put

    def check(self, scope: Scope, headers: Mapping[str, str]) -> None:
        """Raise Refused for what is not let in."""
        host = headers.get("host", "")
        if not self.knows(host):
            raise Refused(421, "host", "This server is not asked under that host name: use its address, or start it with `name`.")
        changes = scope["type"] == "websocket" or scope["method"] not in SAFE
        if changes and "origin" in headers and headers["origin"].split("://", 1)[-1].lower() != host.lower():
            raise Refused(403, "origin", "Another site's page asked for this: open this server's own page.")
        if changes and "origin" not in headers and headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            raise Refused(403, "origin", "Another site's page asked for this: open this server's own page.")
        if self.options.token is not None and scope["path"].startswith(CLOSED) and not self.shows_token(headers):
            raise Refused(401, "token", "A token is asked for here: send it as Authorization: Bearer TOKEN.")
        self.check_length(scope["path"], headers.get("content-length", "0"))

    def check_length(self, path: str, length: str) -> None:
        most = self.caps.get(path, FORM)
        if not length.isascii() or not length.isdigit():
            raise Refused(400, "body", "The length of the body is no number: send it again.")
        if int(length[:20]) > most:
            raise too_large(most)

    def knows(self, host: str) -> bool:
        """Whether a request's ``Host`` is one of this server's: an address cannot be bent, a name can."""
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        name = name.strip("[]").lower()
        if name in self.names:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def shows_token(self, headers: Mapping[str, str]) -> bool:
        """Whether a request carries the token, in one of the three places that clients have for it."""
        kind, _, bearer = headers.get("authorization", "").partition(" ")
        offered = [part.strip() for part in headers.get("sec-websocket-protocol", "").split(",")]
        shown = [bearer if kind.lower() == "bearer" else "", headers.get("x-api-key", "")]
        shown += [part.removeprefix(SUBPROTOCOL) for part in offered if part.startswith(SUBPROTOCOL)]
        wanted = (self.options.token or "").encode()
        return sum(hmac.compare_digest(each.strip().encode(), wanted) for each in shown) > 0  # all are compared


def pattern(scope: Scope) -> str:
    """The address of a request with ids left out, so that figures have as many names as there are addresses."""
    route = scope.get("route")
    return getattr(route, "path", "") or ("turned away" if route is None else "page")


def caps(options: Options) -> dict[str, int]:
    """The most bytes of a request by its address: so many pictures, and its fields."""
    pictures = {
        "/v1/compose": 6, "/v1/harmonize": 3, "/v1/matte": 3, "/v1/cutouts": 4, "/v1/plates": 1, "/v1.0/removebg": 3,
        "/api/remove": 1,
    }  # fmt: skip
    return {path: count * options.picture_bytes + FORM for path, count in pictures.items()} | {
        "/v1/jobs": options.film_bytes + options.picture_bytes + FORM, "/v1/films": options.film_bytes + FORM,
    }


def counted(receive: Receive, most: int) -> Receive:
    """The body's pieces, until there are more than may be; a length may not be said, or be said wrong."""
    taken = 0

    async def take() -> Message:
        nonlocal taken
        message = await receive()
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            if taken > most:
                raise too_large(most)
        return message

    return take


def with_headers(send: Send) -> Send:
    """What is sent, with the headers that say what a browser may do with it."""

    async def put(message: Message) -> None:
        if message["type"] == "http.response.start":
            refused = message["status"] in (400, 413)  # the rest of its body is not read
            message = {**message, "headers": [*message["headers"], *HEADERS, *([(b"connection", b"close")] if refused else [])]}
        await send(message)

    return put


async def turn_away(scope: Scope, send: Send, refused: Refused) -> None:
    """Answer with a problem; a WebSocket is not opened (403)."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": refused.reason})
        return
    answer = removebg.errors(refused) if scope["path"].startswith("/v1.0/") else problem(refused)
    more = [(b"connection", b"close"), *([(b"www-authenticate", b"Bearer")] if answer.status_code == 401 else [])]
    answer.raw_headers += [*HEADERS, *more]
    await answer(scope, no_body, send)


async def no_body() -> Message:
    return {"type": "http.disconnect"}


def problem(refused: Refused) -> Response:
    """A refusal as an answer."""
    return Response(json.dumps(refused.problem), refused.status, refused.headers, "application/problem+json")
