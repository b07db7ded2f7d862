"""batch_words: what a terminal shows while a batch works."""

import pytest

from cleanplate.batch.items import Outcome
from cleanplate.batch.reports import Progress, line
from cleanplate.cli.batch_words import Words


def words(monkeypatch: pytest.MonkeyPatch, *, terminal: bool) -> Words:
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    found = Words(quiet=False, as_json=False)
    found._said = -1e9  # long ago
    return found


def progress(status: str) -> Progress:
    return Progress(1, 2, 0, 1.0, Outcome("a.jpg", status, "", "", reason="it is empty"))  # type: ignore[arg-type]


def test_on_a_terminal_one_line_is_written_over_and_a_failure_gets_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = words(monkeypatch, terminal=True)
    told.tell(progress("done"))
    told.tell(progress("failed"))
    told.pause()
    assert capsys.readouterr().err == f"\r{line(progress('done'))}   \ncleanplate: a.jpg: failed: it is empty\n"


def test_a_log_gets_whole_lines(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    told = words(monkeypatch, terminal=False)
    told.tell(progress("done"))
    told.pause()
    assert capsys.readouterr().err == line(progress("done")) + "\n"
