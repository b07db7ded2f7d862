"""What only a fresh process can show: the first pixel of work after a cold start, and the most memory ever held.

Each function starts a child of this same file and reads what it prints.
"""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import cleanplate
from benchmarks.pictures import Files

ROOTS = (Path(cleanplate.__file__).parents[1], Path(__file__).parents[1])  # where the children find package and benches
LIBRARIES = "import numpy, cv2, onnxruntime, PIL.Image, typer"  # what the command line cannot do without


def python(*arguments: str | Path) -> str:
    """What a fresh Python prints.

    Raises:
        RuntimeError: it failed.
    """
    path = os.pathsep.join([*map(str, ROOTS), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"PYTHONPATH": path}
    done = subprocess.run([sys.executable, *map(str, arguments)], capture_output=True, env=environment, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"A child process ended with {done.returncode}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def first_pixel(files: Files) -> float:
    """Seconds from before the start of a process `cleanplate compose` until the pixels of its first input are there.

    The files lie in the system's cache, as after any first use. The child stops there: what follows is no start any more.
    """
    start = time.monotonic()  # of the whole system: parent and child read the same clock
    out = files.person.with_suffix(".started.png")
    return float(python("-m", "benchmarks.children", "start", "compose", files.person, files.plate, "-o", out)) - start


def libraries() -> float:
    """Seconds in which a fresh process has imported the libraries that the command line stands on, and nothing else."""
    start = time.monotonic()
    return float(python("-c", f"{LIBRARIES}\nimport time; print(time.monotonic())")) - start


def memory(small: Files, large: Files, given: bool, device: str) -> dict[str, int]:
    """Bytes resident after a small composition, when all networks are loaded, and at most during a large one, file to file."""
    mattes = [each.matte if given else "" for each in (small, large)]
    words = (small.person, small.plate, mattes[0], large.person, large.plate, mattes[1], device)
    found: dict[str, int] = json.loads(python("-m", "benchmarks.children", "memory", *words))
    return found


def start(arguments: list[str]) -> None:
    """In the child: the command line itself, until the first picture is decoded."""
    from cleanplate import cli
    from cleanplate.files import decoding

    true, first = decoding.decode, threading.Lock()

    def decode(*given: object, **named: object) -> object:
        true(*given, **named)  # type: ignore[arg-type]
        if first.acquire(blocking=False):  # the other input is decoded at the same time
            print(time.monotonic(), flush=True)
            os._exit(0)
        return None

    decoding.decode = decode  # type: ignore[assignment]
    raise SystemExit(f"compose ended ({cli.main(arguments)}) without decoding anything")


def resident() -> int:
    """Bytes that this process holds now; where that is not told, the most it has held."""
    status = Path("/proc/self/statm")
    return int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if status.exists() else most()


def most() -> int:
    """The most bytes that this process has held. Linux' ``ru_maxrss`` would count what the parent held when it started this one."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (each for each in status.read_text().splitlines() if each.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def hold(names: list[str]) -> None:
    """In the child: a small composition, then a large one."""
    device = names.pop()
    for person, plate, matte in (names[:3], names[3:]):
        before = resident()
        composite = cleanplate.compose(person, plate, alpha=matte or None, device=device)
        composite.save(Path(person).with_suffix(".out.jpg"), overwrite=True)
    print(json.dumps({"loaded": before, "most": most()}))


if __name__ == "__main__":
    {"start": start, "memory": hold}[sys.argv[1]](sys.argv[2:])
