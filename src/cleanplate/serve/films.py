"""Films and batches being made: one at a time, the others wait; each in a worker of its own, which is ended when it is canceled."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

from cleanplate.errors import why
from cleanplate.serve import batches
from cleanplate.serve.options import Options
from cleanplate.serve.problems import Refused, busy, gone
from cleanplate.serve.store import Store, new_identity
from cleanplate.serve.wire import Message
from cleanplate.serve.workers import LATE, LOST, Lost, Worker

MOST_WAITING = 8  # films; each may take minutes
ENDED = ("done", "failed", "canceled")


@dataclass
class Film:
    """One film or batch: how far it is, and where its files are."""

    message: Message
    folder: str
    name: str = field(default_factory=new_identity)
    state: str = "waiting"
    done: int = 0
    frames: int | None = None
    pictures: int | None = None
    failed: int = 0
    seconds: float = 0.0
    warnings: list[str] = field(default_factory=list)
    problem: dict[str, Any] | None = None
    used: float = field(default_factory=time.monotonic)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    @property
    def told(self) -> dict[str, Any]:
        """What is said of it."""
        left, whole = None, self.frames or self.pictures
        if whole and self.done and self.state == "running":
            left = round(self.seconds * max(0, whole - self.done) / self.done, 1)
        return {
            "id": self.name, "state": self.state, "done": self.done, "frames": self.frames, "pictures": self.pictures,
            "failed": self.failed, "seconds": round(self.seconds, 1), "left": left, "warnings": self.warnings,
            "problem": self.problem,
        }  # fmt: skip

    def change(self, **facts: Any) -> None:
        """Note what is new and wake who watches."""
        for name, value in facts.items():
            setattr(self, name, value)
        self.used = time.monotonic()
        self.changed.set()
        self.changed = asyncio.Event()


class Films:
    """All of them, by id."""

    def __init__(self, options: Options, store: Store) -> None:
        self.options, self.store = options, store
        self.films: dict[str, Film] = {}
        self.turn = asyncio.Semaphore(1)

    @property
    def full(self) -> bool:
        return sum(film.state == "waiting" for film in self.films.values()) >= MOST_WAITING

    @property
    def at_work(self) -> bool:
        return any(film.state == "running" for film in self.films.values())

    def begin(self, message: Message, folder: str) -> Film:
        """Take a film whose files are in a folder, which is the film's from now on."""
        if self.full:
            raise busy(30)
        film = Film(message, folder)
        self.films[film.name] = film
        film.task = asyncio.create_task(self.make(film))
        return film

    def find(self, name: str) -> Film:
        if name not in self.films:
            raise gone("job")
        self.films[name].used = time.monotonic()
        return self.films[name]

    async def make(self, film: Film) -> None:
        """Wait for its turn and make it, whatever comes of it."""
        worker = Worker(self.told())
        try:
            async with self.turn, asyncio.timeout(self.options.film_seconds):
                film.change(state="running")
                await (self.batch(film, worker) if film.message["do"] == "batch" else self.film(film, worker))
        except asyncio.CancelledError:
            film.change(state="canceled")
            raise
        except TimeoutError:
            film.change(state="failed", problem=Refused(504, "time", LATE.format(self.options.film_seconds)).problem)
        except Lost:
            film.change(state="failed", problem=Refused(422, "lost", LOST).problem)
        finally:
            await worker.kill()

    async def film(self, film: Film, worker: Worker) -> None:
        async for name, value, _ in worker.say(film.message):
            if name == "step":
                film.change(**value)
            else:
                film.change(**({"state": "failed", "problem": value} if name == "problem" else {"state": "done", **value}))

    async def batch(self, film: Film, worker: Worker) -> None:
        """Picture by picture: a worker that one of them ends is made anew for the next."""
        seconds = batches.PATIENCE * self.options.work_seconds
        try:
            await batches.make(film.message, lambda message: worker.ask(message, seconds), film.change)
        except OSError as error:
            detail = f"The archive could not be written ({why(error)}): free some space, or name another folder by TMPDIR."
            film.change(state="failed", problem=Refused(507, "room", detail).problem)

    def told(self) -> dict[str, Any]:
        """What a film's worker is told: it may take longer than a picture's, and gives way to all of them."""
        given = self.options
        return {
            "device": given.device, "pixels": given.pixels, "memory": given.memory, "seconds": given.film_seconds, "nice": 10,
        }  # fmt: skip

    async def forget(self, name: str) -> None:
        """Cancel a film that is not done, and remove what there is of it."""
        film = self.find(name)
        if film.task is not None and not film.task.done():
            film.task.cancel()
            await asyncio.gather(film.task, return_exceptions=True)
        self.store.remove(self.films.pop(name).folder)

    async def sweep(self) -> None:
        """Forget results that nobody has asked for in long."""
        now = time.monotonic()
        old = [name for name, film in self.films.items() if film.state in ENDED and now - film.used > self.options.keep_seconds]
        for name in old:
            await self.forget(name)

    async def stop(self) -> None:
        for name in list(self.films):
            await self.forget(name)
