"""groups: every command has its help, and every option its place there."""

import inspect
import re

from commands import COMMANDS, run

from cleanplate import cli


def test_every_command_is_known_and_has_help(capsys):
    assert {each.name or each.callback.__name__ for each in cli.app.registered_commands} == set(COMMANDS)
    for command in COMMANDS:
        assert run(command, "--help") == 0
        assert f"cleanplate {command}" in capsys.readouterr().out


def test_options_stand_in_groups_and_none_is_left_out(capsys):
    assert run("compose", "--help") == 0
    said = capsys.readouterr().out
    at = [said.index(f"\n{title}:\n") for title in ("Arguments", "Place", "Look", "Film", "Files", "Hand-off", "Machine")]
    assert at == sorted(at)
    groups = {"--height": 1, "--fit": 1, "--strength": 2, "--keep-mask": 2, "--film-quality": 3, "--quality": 4}
    groups |= {"--lut-out": 5, "--device": 6}
    for flag, group in groups.items():
        assert at[group] < said.index(f"  {flag}") < [*at, len(said)][group + 1]
    for command in COMMANDS:
        run(command, "--help")
        said = capsys.readouterr().out
        asked = inspect.signature(next(each for each in cli.COMMANDS if each.__name__ == command)).parameters
        listed = said[re.search(r"^[A-Z][a-z]+:\n", said, re.MULTILINE).start() :]  # type: ignore[union-attr]
        count = len([each for each in asked if each != "context"]) + 1  # and --help
        assert len(re.findall(r"^  \S", listed, re.MULTILINE)) == count


def test_what_a_command_writes_stands_in_its_help(capsys):
    for command, words in (("matte", "Writes a grey picture"), ("harmonize", "Writes the composite again")):
        run(command, "--help")
        assert words in capsys.readouterr().out
