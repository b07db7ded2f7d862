"""The server's process: it listens, hears the signals that end it, and lets what is begun be finished."""

import asyncio
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from cleanplate.errors import InputError, why
from cleanplate.serve.app import app
from cleanplate.serve.deadlines import protocol
from cleanplate.serve.options import Options
from cleanplate.serve.service import Service

ENDINGS = (signal.SIGINT, signal.SIGTERM)
MOST_MESSAGE = 1 << 20  # bytes of a WebSocket's message from a page


def run(options: Options, ready: Callable[[str], None]) -> int:
    """Serve until a signal ends it; 128 and its number.

    Args:
        ready: told the address once requests are taken.

    Raises:
        InputError: the address cannot be listened on.
    """
    return asyncio.run(serve(options, ready))


async def serve(options: Options, ready: Callable[[str], None]) -> int:
    """As ``run``, in a loop that runs."""
    check_room()
    made, listener = app(options), listening(options)
    service: Service = made.state.service
    config = uvicorn.Config(
        made, log_config=None, access_log=False, server_header=False, ws="websockets-sansio", ws_max_size=MOST_MESSAGE,
        timeout_graceful_shutdown=2, http=protocol(options.receive_seconds),
    )  # fmt: skip
    server = Quiet(config)
    ended: list[int] = []

    def end(number: int) -> None:
        if ended:
            server.should_exit = server.force_exit = True
        ended.append(number)
        server.draining = server.draining or asyncio.create_task(drain(service, server))

    loop = asyncio.get_running_loop()
    for number in ENDINGS:
        loop.add_signal_handler(number, end, number)
    ready(address(options, listener))
    await server.serve(sockets=[listener])
    return 128 + ended[0] if ended else 0


class Quiet(uvicorn.Server):
    """uvicorn's server, whose signals are heard elsewhere."""

    draining: asyncio.Task[None] | None = None

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def drain(service: Service, server: uvicorn.Server) -> None:
    """Take nothing new, wait for what is begun, then end."""
    service.draining = True
    try:
        async with asyncio.timeout(service.options.drain_seconds):
            while service.at_work:
                await asyncio.sleep(0.05)
    except TimeoutError:
        pass
    server.should_exit = True


def check_room() -> None:
    """Raise InputError where pictures cannot be put for the time of a request."""
    try:
        tempfile.TemporaryFile().close()
    except OSError as error:
        raise InputError(
            f"Pictures that are sent have nowhere to be put ({why(error)}): free some space, or name another folder by TMPDIR."
        ) from error


def listening(options: Options) -> socket.socket:
    """The socket of the address that was asked for."""
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((options.host.strip("[]"), options.port))
        made.listen(2048)  # as uvicorn does; who comes before it is ready waits
    except OSError as error:
        made.close()
        raise InputError(
            f"{options.host} port {options.port} cannot be listened on ({why(error)}): give another by `port`, 0 for any."
        ) from error
    return made


def address(options: Options, listener: socket.socket) -> str:
    """Where a browser finds it."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(options.host, options.host)  # noqa: S104 - read, not bound
    return f"http://{host}:{listener.getsockname()[1]}/"
