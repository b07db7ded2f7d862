"""Help in groups: what belongs together stands together, under a heading of its own."""

from typing import Any

from typer.core import TyperCommand

PLACE, LOOK, FILM, FILES, HANDOFF, MACHINE = "Place", "Look", "Film", "Files", "Hand-off", "Machine"
ORDER = (PLACE, LOOK, FILM, FILES, HANDOFF, MACHINE, "Options")


class Grouped(TyperCommand):  # the one way that click leaves for the layout of its help
    """A command whose options are listed by their ``rich_help_panel``."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        told = [(heading(each), each.get_help_record(ctx)) for each in self.get_params(ctx)]
        for title in ("Arguments", *ORDER):
            rows = [record for group, record in told if group == title and record]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


def heading(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return "Arguments"
    return getattr(parameter, "rich_help_panel", None) or "Options"

