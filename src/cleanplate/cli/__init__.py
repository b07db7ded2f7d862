"""The command line: arguments -> one call -> exit code.

Data goes to stdout, words to stderr. Exit codes: 0 done, 2 usage or refused input, 3 the installation lacks something
(weights, an extra), 130 interrupted, 141 the reader of stdout went away.
"""

import os
import sys
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

import cleanplate
from cleanplate.cli import pictures, training
from cleanplate.cli.groups import Grouped
from cleanplate.errors import CleanplateError, in_shell

app = typer.Typer(
    help="Put a person into a new photograph so that it looks taken there.",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
)
COMMANDS: tuple[Callable[..., None], ...] = (
    pictures.compose, pictures.harmonize, pictures.matte, pictures.models, pictures.devices,
    training.evaluate, training.synthesize, training.train, training.export,
)  # fmt: skip
for command in COMMANDS:
    app.command(cls=Grouped)(command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line, the process's own without ``arguments``, and answer with its exit code."""
    try:
        app(args=arguments, prog_name="cleanplate")
    except SystemExit as stop:  # typer's own way to end, done or refused
        return stop.code if isinstance(stop.code, int) else 0
    except CleanplateError as error:
        if isinstance(error.__cause__, BrokenPipeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the last flush would complain
            return 141  # what a shell says of a process that SIGPIPE ended
        print(f"cleanplate: {in_shell(str(error))}", file=sys.stderr)
        return error.exit_code
    return 0


def print_version(asked: bool) -> None:
    if asked:
        print(f"cleanplate {cleanplate.__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[bool, typer.Option("--version", is_eager=True, callback=print_version, help="Print it and stop.")] = False,
) -> None:
    """Put a person into a new photograph so that it looks taken there."""
