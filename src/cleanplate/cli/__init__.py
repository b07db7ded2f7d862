"""The command line: arguments -> one call -> exit code.

Data goes to stdout, words to stderr. Exit codes: 0 done, 1 some of a batch failed, 2 usage or refused input, 3 the installation
or the machine lacks something (weights, an extra, memory), 129 hung up, 130 interrupted, 141 the reader of stdout went away,
143 terminated.
"""

import errno
import sys
from collections.abc import Callable, Sequence
from typing import Annotated

import typer

import cleanplate
from cleanplate.cli import batch, handoff, listing, pictures, serve, training
from cleanplate.cli.groups import Grouped
from cleanplate.cli.streams import give_up, printing, say
from cleanplate.errors import CleanplateError, MemoryShort, in_shell, is_memory_short
from cleanplate.files.silence import quiet_libraries

app = typer.Typer(
    help="Put a person into a new photograph so that it looks taken there.",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
)
COMMANDS: tuple[Callable[..., None], ...] = (
    pictures.compose, batch.batch, serve.studio, serve.serve, pictures.harmonize, pictures.matte, handoff.cues,
    listing.models, listing.devices,
    training.evaluate, training.synthesize, training.shards, training.train, training.export,
)  # fmt: skip
for command in COMMANDS:
    app.command(cls=Grouped)(command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line, the process's own without ``arguments``, and answer with its exit code."""
    quiet_libraries()
    try:
        app(args=arguments, prog_name="cleanplate")
    except SystemExit as stop:  # typer's own way to end, done or refused
        return stop.code if isinstance(stop.code, int) else 0
    except CleanplateError as error:
        return told(error)
    except Exception as error:
        if is_memory_short(error):
            return told(MemoryShort())
        if isinstance(error, OSError) and error.errno in GONE:  # typer's words, which nobody can hear
            give_up(sys.stdout)
            give_up(sys.stderr)
            return CleanplateError.exit_code
        raise
    return 0


GONE = (errno.ENOSPC, errno.EPIPE, errno.EBADF)


def told(error: CleanplateError) -> int:
    """One sentence on stderr, and the exit code that goes with it."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        give_up(sys.stdout)
    if isinstance(error.__cause__, BrokenPipeError):
        return 141  # what a shell says of a process that SIGPIPE ended
    say(f"cleanplate: {in_shell(str(error))}")
    return error.exit_code


def print_version(asked: bool) -> None:
    if asked:
        with printing():
            print(f"cleanplate {cleanplate.__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[bool, typer.Option("--version", is_eager=True, callback=print_version, help="Print it and stop.")] = False,
) -> None:
    """Put a person into a new photograph so that it looks taken there."""
