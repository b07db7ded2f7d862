"""The process of the command: closed and full streams, signals, what does not load; each in a process of its own."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image as pillow

import cleanplate

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX's streams and signals")
PATIENCE = 60  # seconds after which a process counts as hung


def command(*arguments: object, before: str = "", **options: object) -> subprocess.Popen[bytes]:
    """`cleanplate` in a process of its own, which hears Ctrl-C and a hangup even where this one's parent has turned them off."""
    program = f"""
import runpy, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
{before}
sys.argv[0] = "cleanplate"
runpy.run_module("cleanplate", run_name="__main__")
"""
    line = [sys.executable, "-c", program, *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(Path(cleanplate.__file__).parents[1])}
    return subprocess.Popen(line, env=environment, **({"stderr": subprocess.PIPE, "stdout": subprocess.PIPE} | options))


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """Exit code and words."""
    try:
        _, said = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return process.returncode, (said or b"").decode()


def closing(*numbers: int) -> str:
    """What closes streams before anything of the package runs, as a shell's ``2>&-`` does."""
    return f"""
import os
for number in {numbers}:
    os.close(number)
    setattr(sys, ('stdin', 'stdout', 'stderr')[number], None)
"""


@pytest.mark.parametrize("numbers", [(0,), (1,), (2,), (0, 1, 2)])
def test_closed_streams_do_not_get_into_the_picture(tmp_path, cutout, plate, numbers):
    out = tmp_path / "out.png"
    assert ended(command("compose", cutout, plate, "-o", out, before=closing(*numbers)))[0] == 0
    pillow.open(out).load()
    assert out.read_bytes().endswith(b"IEND\xaeB`\x82")


def test_without_stderr_stdout_is_the_picture_alone(tmp_path, cutout, plate):
    with (tmp_path / "out.png").open("wb") as file:
        assert ended(command("compose", cutout, plate, "-o", "-", before=closing(2), stdout=file))[0] == 0
    assert (tmp_path / "out.png").read_bytes().endswith(b"IEND\xaeB`\x82")


def test_a_picture_for_a_closed_stdout_is_refused(cutout, plate):
    code, said = ended(command("compose", cutout, plate, "-o", "-", before=closing(1)))
    assert code == 2
    assert said.count("\n") == 1
    assert "Bad file descriptor" in said


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
@pytest.mark.parametrize("arguments", [["models"], ["--version"], ["--help"]])
def test_words_for_a_full_stdout_are_refused_without_a_traceback(arguments):
    with open("/dev/full", "wb") as full:
        code, said = ended(command(*arguments, stdout=full))
    assert code == 2
    assert said.count("\n") <= 1
    assert "Traceback" not in said


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_a_full_stderr_does_not_keep_a_picture_from_being_made(tmp_path, cutout, plate):
    with open("/dev/full", "wb") as full:
        assert ended(command("compose", cutout, plate, "-o", tmp_path / "out.png", stderr=full))[0] == 0
        assert ended(command("compose", "none.png", plate, "-o", tmp_path / "no.png", stderr=full))[0] == 2
        assert ended(command("compose", stderr=full))[0] == 2
    pillow.open(tmp_path / "out.png").load()


@pytest.mark.parametrize("wrapped", [False, True])  # as numpy and OpenCV do
@pytest.mark.parametrize(("stop", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_while_libraries_load_is_no_traceback(cutout, plate, stop, code, wrapped):
    interrupt = f"""
import os
class Interrupts:
    def find_spec(self, name, path=None, target=None):
        if name != "cv2":
            return
        try:
            os.kill(os.getpid(), {int(stop)})
        except BaseException as error:
            if {wrapped}:
                raise ImportError("it failed to load") from error
            raise
sys.meta_path.insert(0, Interrupts())
"""
    assert ended(command("compose", cutout, plate, "-o", "out.png", before=interrupt)) == (code, "")


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="what another process does is read there")
@pytest.mark.parametrize("which", ["person", "plate"])
@pytest.mark.parametrize(("stop", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_one_signal_is_enough_while_a_pipe_is_not_fed(tmp_path, cutout, plate, which, stop, code):
    os.mkfifo(tmp_path / "pipe")
    given = (tmp_path / "pipe", plate) if which == "person" else (cutout, tmp_path / "pipe")
    process = command("compose", *given, "-o", tmp_path / "out.png")
    wait_for_reading(process.pid)
    process.send_signal(stop)
    assert ended(process)[0] == code
    assert not (tmp_path / "out.png").exists()


def wait_for_reading(pid: int) -> None:
    """Until the process has loaded all and waits."""
    deadline, still = time.monotonic() + PATIENCE, 0
    before = -1.0
    while still < 5 and time.monotonic() < deadline:
        time.sleep(0.1)
        used = sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]))
        still, before = (still + 1 if used == before else 0), used


@pytest.mark.parametrize("fault", ["ImportError('its library is of another version')", "OSError('broken')"])
def test_a_library_that_does_not_load_is_one_sentence(cutout, plate, fault):
    breaks = f"""
class Breaks:
    def find_spec(self, name, path=None, target=None):
        if name == "cv2":
            raise {fault}
sys.meta_path.insert(0, Breaks())
"""
    code, said = ended(command("compose", cutout, plate, "-o", "out.png", before=breaks))
    assert code == 3
    assert said.count("\n") == 1
    assert f"does not load here ({fault.split(chr(39))[1]})" in said


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="asks Linux for the size of a process")
def test_too_little_memory_is_one_sentence(tmp_path, portrait, plate):
    """Bounded once all libraries are loaded: what a loader does without memory is its own affair, and differs from run to run."""
    bounds = """
import resource
from pathlib import Path
import cv2, numpy, onnxruntime, PIL.Image, simplejpeg
import cleanplate.api
size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() + 40_000_000
resource.setrlimit(resource.RLIMIT_AS, (size, size))
"""
    code, said = ended(command("compose", portrait, plate, "-o", tmp_path / "out.png", "-q", before=bounds))
    assert code == 3
    assert said.count("\n") == 1
    assert "enough memory" in said
    assert list(tmp_path.glob("out*")) == []


def test_every_public_name_is_there_and_named_once():
    from cleanplate import api

    assert cleanplate.__all__ == api.__all__
    for name in cleanplate.__all__:
        assert getattr(cleanplate, name) is getattr(api, name)
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        cleanplate.nonsense  # noqa: B018
    assert set(cleanplate.__all__) <= set(dir(cleanplate))
