"""Connections that are given so long and no longer to send a whole request: uvicorn itself waits for ever."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_CONNECTIONS = 800  # at a time; a process may usually open 1,024 files
FILM_RATE = 1 << 20  # bytes a second that a film has to come in at, at least
FILMS = (b"/v1/jobs", b"/v1/films")


class Deadline(HttpToolsProtocol):
    """uvicorn's connection, closed when a request is not whole in time."""

    seconds = 10.0
    late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
            return
        self.watch(self.seconds)

    def watch(self, seconds: float) -> None:
        """Close the connection so many seconds from now."""
        self.unwatch()
        self.late = self.loop.call_later(seconds, self.close_late)

    def unwatch(self) -> None:
        if self.late is not None:
            self.late.cancel()
            self.late = None

    def close_late(self) -> None:
        if self.transport is not None:
            self.transport.abort()  # whoever is so slow may not read an answer either

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self.late is None:  # a later request of the same connection
            self.watch(self.seconds)

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        if self.url.partition(b"?")[0] in FILMS:
            length = dict(self.headers).get(b"content-length", b"")
            self.watch(self.seconds + (int(length) / FILM_RATE if length.isdigit() else 0))

    def on_message_complete(self) -> None:
        self.unwatch()
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self.unwatch()
        super().connection_lost(exc)


def protocol(seconds: float) -> type[Any]:
    """The class of connections with that deadline."""
    return type("Deadline", (Deadline,), {"seconds": seconds})
