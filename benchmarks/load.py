"""Many clients at once: what a server answers, how much it holds, whether it stays well; and how near to the library it comes.

    python -m benchmarks.load [--clients 200] [--seconds 60] [--quick]

Three tables: the load (statuses, memory, /healthz), composes of one megapixel a second against the library in one process, and the
times of previews. Ends with 1 when a limit is missed.
"""

import argparse
import http.client
import io
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image as pillow

import cleanplate
from cleanplate.serve.client import Client, Problem, form
from cleanplate.serve.figures import held_bytes

MOST_MEMORY, MOST_HEALTH = 1_500_000_000, 0.25  # bytes of all processes; seconds at the 99th percentile
LEAST_SHARE = 0.9  # of the library's own composes in a second
EXAMPLES = Path(__file__).parents[1] / "examples"


@contextmanager
def running(*options: str) -> Iterator[tuple[str, int]]:
    """A server's address and process."""
    path = os.pathsep.join(filter(None, [str(Path(cleanplate.__file__).parents[1]), os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-m", "cleanplate", "serve", "--port", "0", *options]
    with subprocess.Popen(command, env=os.environ | {"PYTHONPATH": path}, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            address = process.stderr.readline().split()[1]
            well(address)
            yield address, process.pid
        finally:
            process.terminate()
            process.wait(30)


def well(address: str) -> None:
    """Wait until its networks are loaded."""
    for _ in range(100):
        try:
            with Client(address) as client:
                client.get_json("/healthz")
            return
        except Problem:
            time.sleep(0.2)
    raise SystemExit("the server does not get well")


def pictures() -> tuple[bytes, bytes]:
    """A photo of a person and a plate, of one megapixel each, as files."""
    found = []
    for name in ("portrait.png", "plate.jpg"):
        file = io.BytesIO()
        pillow.open(EXAMPLES / name).convert("RGB").resize((1155, 866)).save(file, "JPEG", quality=90)
        found.append(file.getvalue())
    return found[0], found[1]


# ---- the load --------------------------------------------------------------------------------------------------------


def load(address: str, process: int, clients: int, seconds: float) -> dict[str, float]:
    """So many clients that ask again as soon as they are answered, and one that asks how the server is."""
    person, plate = pictures()
    kind, body = form({"person": person, "plate": plate})
    end = time.monotonic() + seconds
    statuses: Counter[int | str] = Counter()
    refused: list[float] = []
    health: list[float] = []
    memory: list[int] = []

    def ask() -> None:
        while time.monotonic() < end:
            start = time.perf_counter()
            status = asked(address, "POST", "/v1/compose", body, {"Content-Type": kind})
            statuses[status] += 1
            if status == 503:
                refused.append(time.perf_counter() - start)
                time.sleep(1)  # as Retry-After says

    def watch() -> None:
        while time.monotonic() < end:
            start = time.perf_counter()
            statuses[f"health {asked(address, 'GET', '/healthz')}"] += 1
            health.append(time.perf_counter() - start)
            memory.append(sum(map(held_bytes, family(process))))
            time.sleep(0.2)

    with ThreadPoolExecutor(clients + 1) as pool:
        for work in [watch] + [ask] * clients:
            pool.submit(work)
    print(f"{clients} clients for {seconds:g} s: {dict(statuses)}")
    print(f"refused within {np.percentile(refused, [50, 99]).round(3) if refused else '-'} s (p50, p99)")
    found = {"health": float(np.percentile(health, 99)), "memory": max(memory), "odd": sum(odd(statuses).values())}
    print(f"/healthz {np.percentile(health, [50, 99]).round(3)} s (p50, p99)")
    print(f"memory at most {max(memory) / 1e6:.0f} MB in all {len(family(process))} processes")
    return found


def odd(statuses: Counter[int | str]) -> dict[int | str, int]:
    return {name: count for name, count in statuses.items() if name not in (200, 503, "health 200")}


def asked(address: str, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> int | str:
    """The status of an answer, read whole; or the name of what came instead."""
    host = address.removeprefix("http://").rstrip("/")
    connection = http.client.HTTPConnection(host, timeout=120)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    finally:
        connection.close()


def family(process: int) -> list[int]:
    """A process and its children."""
    found = [process]
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
            if parent == process:
                found.append(int(entry.name))
    return found


# ---- how near to the library -------------------------------------------------------------------------------------------


def throughput(address: str, jobs: int) -> float:
    """Composes of one megapixel in a second over HTTP as a share of the library's own, in turns."""
    person, plate = pictures()
    compositor = cleanplate.Compositor()

    def own() -> None:
        composite = compositor.compose(person, plate)
        composite.image.to_pil()
        cleanplate.write_image(composite.image, io.BytesIO(), format="jpg")

    def over_http() -> None:
        with Client(address) as client:
            client.compose(person, plate)

    workers = os.cpu_count() or 1
    own(), over_http()
    shares = []
    for turn in range(3):
        alone, served = rate(own, jobs, 1), rate(over_http, jobs, workers)
        together = rate(own, jobs, workers)
        shares.append(served / max(alone, together))
        print(f"turn {turn}: {served:.2f} a second over HTTP, by the library {alone:.2f}, {together:.2f} in {workers} threads")
    print(f"share of the library's best: {statistics.median(shares):.2f} (median)")
    return statistics.median(shares)


def rate(work: Callable[[], None], jobs: int, threads: int) -> float:
    """How often something is done in a second."""
    start = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda _: work(), range(jobs)))
    return jobs / (time.perf_counter() - start)


def previews(address: str, count: int, megapixels: int) -> None:
    """Times from message to picture at 1,280 pixels, while the person is dragged, and of the first."""
    from websockets.sync.client import connect

    side = round((megapixels * 1e6 / 1.5) ** 0.5)
    plate, file = pillow.open(EXAMPLES / "plate.jpg").resize((side * 3 // 2, side)), io.BytesIO()
    plate.save(file, "JPEG", quality=90)
    with Client(address) as client:
        person, behind = client.keep_cutout(EXAMPLES / "portrait.png"), client.keep_plate(file.getvalue())
    took = []
    with connect(address.replace("http", "ws") + "v1/previews", max_size=1 << 26) as line:
        for number in range(count + 1):
            start = time.perf_counter()
            layer = {"person": person.id, "x": 0.3 + 0.4 * number / count}
            line.send(json.dumps({"request": number, "plate": behind.id, "layers": [layer]}))
            while True:
                found = line.recv()
                length = int.from_bytes(found[:4], "big")
                told = json.loads(found[4 : 4 + length])
                if told["request"] == number and not told["rest"]:
                    break
            took.append(time.perf_counter() - start)
    p50, p95 = np.percentile(took[1:], [50, 95]) * 1000
    print(f"previews of a plate of {megapixels} MP: first {took[0] * 1000:.0f} ms, then {p50:.0f} / {p95:.0f} ms (p50 / p95)")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--quick", action="store_true", help="a few seconds, to see that it runs; no limit counts")
    given = parser.parse_args()
    clients, seconds, jobs = (8, 4, 4) if given.quick else (given.clients, given.seconds, 8)
    with running() as (address, process):
        for megapixels in (1, 24):
            previews(address, 10 if given.quick else 60, megapixels)
        share = throughput(address, jobs)
        os.nice(10)  # the clients give way to the server, as those on other machines would
        found = load(address, process, clients, seconds)
        time.sleep(1)
        well(address)
    missed = [
        name
        for name, wrong in (
            ("other answers", found["odd"] > 0), ("memory", found["memory"] > MOST_MEMORY),
            ("health", found["health"] > MOST_HEALTH), ("share", share < LEAST_SHARE),
        )
        if wrong
    ]  # fmt: skip
    print("missed: " + (", ".join(missed) or "nothing"))
    return 1 if missed and not given.quick else 0


if __name__ == "__main__":
    threading.stack_size(512 << 10)
    sys.exit(main())
