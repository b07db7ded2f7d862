"""Processes whose memory is bounded, ended by their libraries and by signals; each in a process of its own."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import cleanplate

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux bounds what a process may map")
PATIENCE = 60  # seconds after which a process counts as hung


def bounded(body: str, bound: bool = True) -> "subprocess.Popen[str]":
    """A process of the command whose work is ``body``, under a bound that is never reached."""
    program = f"""
import os, resource, signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
if {bound}:
    resource.setrlimit(resource.RLIMIT_AS, ({1 << 36}, {1 << 36}))
from cleanplate import __main__
def run():
{body}
__main__.run = run
sys.exit(__main__.main())
"""
    environment = os.environ | {"PYTHONPATH": str(Path(cleanplate.__file__).parents[1])}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([sys.executable, "-c", program], env=environment, text=True, **streams)  # type: ignore[call-overload, no-any-return]


def ended(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    try:
        out, said = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return process.returncode, out, said


@pytest.mark.parametrize("end", ["os.abort()", "os._exit(1)", "os.kill(os.getpid(), signal.SIGSEGV)"])
def test_a_library_that_ends_the_process_is_one_sentence_and_its_own_words_are_none(end: str) -> None:
    code, _, said = ended(bounded(f"    os.write(2, b'Allocation failed.')\n    {end}"))
    assert code == 3
    assert said.count("\n") == 1
    assert "enough memory" in said


def test_a_process_that_ends_by_itself_says_what_it_says() -> None:
    code, out, said = ended(bounded("    print('done')\n    print('a word', file=sys.stderr)\n    return 7"))
    assert (code, out, said) == (7, "done\n", "a word\n")


def test_a_mistake_of_ours_is_seen_whole() -> None:
    code, _, said = ended(bounded("    raise RuntimeError('ours')"))
    assert code == 1
    assert "RuntimeError: ours" in said
    assert "enough memory" not in said


@pytest.mark.parametrize("bound", [True, False])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_the_work_once(number: signal.Signals, bound: bool) -> None:
    """A second one would end it before it has put away what is half done."""
    body = """
    try:
        print("ready", flush=True)
        for _ in range(600):  # not one sleep: a signal between this line and its system call would be heard only after it
            time.sleep(0.1)
    finally:
        time.sleep(0.3)
        print("put away", flush=True)
"""
    process = bounded(body, bound)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    code, out, said = ended(process)
    assert (code, out, said) == (128 + number, "put away\n", "")


def test_a_second_signal_ends_it_at_once() -> None:
    wait = "[time.sleep(0.1) for _ in range(600)]"
    process = bounded(f"    print('ready', flush=True)\n    try:\n        {wait}\n    finally:\n        {wait}")
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    assert ended(process)[0] in (-signal.SIGTERM, 128 + signal.SIGTERM)


def test_a_bound_on_memory_gives_openblas_one_thread_and_no_bound_leaves_it_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    tell = "    print(os.environ.get('OPENBLAS_NUM_THREADS'))\n    return 0"
    assert [ended(bounded(tell, each))[1].strip() for each in (False, True)] == ["None", "1"]
