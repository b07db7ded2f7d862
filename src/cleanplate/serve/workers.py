"""The server's side of its workers: lanes of processes, each with a queue that has an end and with deadlines."""

import asyncio
import json
import os
import sys
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cleanplate
from cleanplate.serve import wire
from cleanplate.serve.options import Options
from cleanplate.serve.problems import Refused, busy
from cleanplate.serve.wire import Message

LOST = "Working on this ended the process that did, as a damaged or made-up file can: save the pictures again as PNG or JPEG."
LATE = "This took longer than the {:g} seconds that a request may take: give smaller pictures."
WARM = {"do": "health"}
START_SECONDS = 60.0  # for a worker to come up, on a machine that is busy
ENTRY = ["-m", "cleanplate.serve.worker"]  # of a worker's process
GONE = (asyncio.IncompleteReadError, ConnectionError, ValueError)  # the worker ended, or says what none says


class Lost(Exception):
    """A worker is no more."""


class Worker:
    """One process, asked one thing at a time."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.told = told
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> asyncio.subprocess.Process:
        """The process, made when there is none.

        Raises:
            Lost: it does not come up.
        """
        if self.process is None or self.process.returncode is not None:
            command = [sys.executable, *ENTRY, json.dumps(self.told)]
            path = os.pathsep.join(filter(None, [str(Path(cleanplate.__file__).parents[1]), os.environ.get("PYTHONPATH")]))
            own = {"PYTHONPATH": path, "MALLOC_ARENA_MAX": "2"}  # of more arenas each would keep what was freed in it
            self.process = await asyncio.create_subprocess_exec(
                *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=os.environ | own,
                start_new_session=True,  # Ctrl-C is the server's to hear: what is begun is finished
            )  # fmt: skip
            try:
                async with asyncio.timeout(START_SECONDS):
                    await wire.read_async(self.process.stdout)  # type: ignore[arg-type] # a pipe was asked for
            except (TimeoutError, *GONE) as error:
                await self.kill()
                raise Lost from error
        return self.process

    async def say(self, message: Message) -> AsyncIterator[tuple[str, Any, bytes]]:
        """What the worker says to a message: steps, then ``done`` or ``problem``.

        Raises:
            Lost: it ended.
        """
        process = await self.start()
        assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - pipes were asked for
        try:
            process.stdin.write(wire.packed(message))
            await process.stdin.drain()
            while True:
                answer, data = await wire.read_async(process.stdout)
                ((name, value),) = answer.items()
                yield name, value, data
                if name in ("done", "problem"):
                    return
        except GONE as error:
            await self.kill()
            raise Lost from error

    async def ask(self, message: Message, seconds: float) -> tuple[dict[str, Any], bytes]:
        """The worker's answer.

        Raises:
            Refused: what it refused, or it took too long, or it is lost.
        """
        try:
            await self.start()  # which is not of this request's making
            async with asyncio.timeout(seconds):
                async for name, value, data in self.say(message):
                    if name == "problem":
                        raise Refused(value["status"], value["reason"], value["detail"])
                    if name == "done":
                        return value, data
        except TimeoutError:
            await self.kill()
            raise Refused(504, "time", LATE.format(seconds)) from None
        except Lost:
            raise Refused(422, "lost", LOST) from None
        except asyncio.CancelledError:
            await self.kill()
            raise
        raise AssertionError("a worker's answer has an end")

    async def kill(self) -> None:
        """End the process now."""
        process, self.process = self.process, None
        if process is not None and process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


@dataclass
class Lane:
    """Some workers and who waits for them.

    Args:
        told: what each worker is told when it starts.
        count: how many there are.
        most: how many requests may wait.
        seconds: for one request.
        worked: told how long each job took.
    """

    told: dict[str, Any]
    count: int
    most: int
    seconds: float
    worked: Callable[[float], None]
    free: list[Worker] = field(default_factory=list)
    waiting: deque[asyncio.Future[Worker]] = field(default_factory=deque)
    working: set[asyncio.Task[Any]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.workers = [Worker(self.told) for _ in range(self.count)]
        self.free.extend(self.workers)

    @property
    def full(self) -> bool:
        return not self.free and len(self.waiting) >= self.most

    async def run(self, message: Message, prefer: int = 0) -> tuple[dict[str, Any], bytes]:
        """The answer of whoever is free first; of several the one that ``prefer`` falls to, who may remember the pictures.

        Raises:
            Refused: also if too many wait already.
        """
        if self.full:
            raise busy()
        worker = await self.take(prefer)
        task = asyncio.create_task(self.work(worker, message))
        self.working.add(task)
        task.add_done_callback(self.working.discard)
        return await asyncio.shield(task)  # whoever asked may go; a worker is asked to the end

    async def take(self, prefer: int) -> Worker:
        if self.free:
            wanted = self.workers[prefer % self.count]
            worker = wanted if wanted in self.free else self.free[0]
            self.free.remove(worker)
            return worker
        ticket: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        self.waiting.append(ticket)
        try:
            return await ticket
        except asyncio.CancelledError:
            if ticket.done() and not ticket.cancelled():
                self.give(ticket.result())
            else:
                self.waiting.remove(ticket)
            raise

    async def work(self, worker: Worker, message: Message) -> tuple[dict[str, Any], bytes]:
        start = time.perf_counter()
        try:
            return await worker.ask(message, self.seconds)
        finally:
            self.worked(time.perf_counter() - start)
            self.give(worker)

    def give(self, worker: Worker) -> None:
        """A worker is free: the first who waits has it."""
        while self.waiting:
            ticket = self.waiting.popleft()
            if not ticket.done():
                ticket.set_result(worker)
                return
        self.free.append(worker)

    async def warm(self) -> None:
        """Every worker made and its networks loaded."""
        await asyncio.gather(*(self.run(WARM, number) for number in range(self.count)))

    async def stop(self) -> None:
        for task in list(self.working):
            task.cancel()
        await asyncio.gather(*(worker.kill() for worker in self.workers))


class Pool:
    """The lanes: ``pictures`` with a worker for each core, and ``quick`` with one that nothing long is given to."""

    def __init__(self, options: Options, worked: Callable[[float], None]) -> None:
        told = {"device": options.device, "pixels": options.pixels, "memory": options.memory, "seconds": options.work_seconds}
        count = options.lanes
        self.pictures = Lane(told | {"nice": 5}, count, 2 * count, options.work_seconds, worked)
        self.quick = Lane(told | {"nice": 0}, 1, 32, options.work_seconds, worked)

    @property
    def lanes(self) -> tuple[Lane, ...]:
        return self.pictures, self.quick

    @property
    def processes(self) -> list[int]:
        """Those that live."""
        workers = (worker.process for lane in self.lanes for worker in lane.workers)
        return [process.pid for process in workers if process is not None and process.returncode is None]

    async def warm(self) -> None:
        await asyncio.gather(*(lane.warm() for lane in self.lanes))

    async def stop(self) -> None:
        await asyncio.gather(*(lane.stop() for lane in self.lanes))
