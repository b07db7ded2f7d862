"""`cleanplate serve` and `cleanplate studio`: the HTTP API and the page, until they are stopped."""

import os
from pathlib import Path
from typing import Annotated

import typer

from cleanplate.cli.groups import FILES, MACHINE
from cleanplate.cli.options import On
from cleanplate.cli.streams import say
from cleanplate.errors import InputError, MissingExtra, why
from cleanplate.models.devices import Device

TOKEN = "CLEANPLATE_TOKEN"  # noqa: S105 - the variable's name

Host = Annotated[
    str, typer.Option(help="Address to listen on; any but this machine's own needs a token.", rich_help_panel=MACHINE)
]
Port = Annotated[int, typer.Option(help="0 for any that is free.", rich_help_panel=MACHINE)]
Workers = Annotated[int, typer.Option(help="Processes that work on pictures; 0 for one a core.", rich_help_panel=MACHINE)]
TokenFile = Annotated[
    str | None,
    typer.Option("--token-file", metavar="FILE", help=f"Holds what requests must show; or {TOKEN}.", rich_help_panel=FILES),
]
Names = Annotated[
    list[str] | None,
    typer.Option("--name", metavar="HOST", help="Another name by which it is asked, such as a proxy's.", rich_help_panel=MACHINE),
]


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8720,
    token_file: TokenFile = None,
    name: Names = None,
    workers: Workers = 0,
    device: On = Device.auto,
) -> None:
    """Answer over HTTP, with a page at /.

    Pictures stay on this machine: nothing is sent anywhere, and no address is ever fetched. docs/api.md says what is answered.
    """
    run(host, port, token_file, name, workers, device, browser=False)


def studio(port: Port = 0, device: On = Device.auto) -> None:
    """Open the page in the browser.

    Pictures stay on this machine.
    """
    run("127.0.0.1", port, None, None, 0, device, browser=True)


def run(
    host: str, port: int, token_file: str | None, names: list[str] | None, workers: int, device: Device, *, browser: bool
) -> None:
    try:
        from cleanplate.serve import server
        from cleanplate.serve.options import Options
    except ModuleNotFoundError as error:
        if error.name not in ("starlette", "uvicorn", "python_multipart", "websockets"):
            raise
        raise MissingExtra("What answers over HTTP", "serve") from error
    options = Options(host, port, token(token_file), tuple(names or ()), workers, device.value)

    def ready(address: str) -> None:
        say(f"cleanplate: {address}  (Ctrl-C ends it)")
        if browser:
            import webbrowser

            webbrowser.open(address)

    code = server.run(options, ready)
    if code:
        raise typer.Exit(code)


def token(file: str | None) -> str | None:
    """What requests have to show, from a file or the environment: on a command line everybody on this machine could read it."""
    if file is None:
        return os.environ.get(TOKEN) or None
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise InputError(f"The token's file {file} cannot be read ({why(error)}): check its name.") from error
