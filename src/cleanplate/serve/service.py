"""One server's state: its workers, its folder, and whether it is about to end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from starlette.requests import HTTPConnection

from cleanplate.serve.figures import Figures
from cleanplate.serve.films import Films
from cleanplate.serve.options import Options
from cleanplate.serve.problems import Refused, busy
from cleanplate.serve.store import Store, own_folder
from cleanplate.serve.workers import Lane, Pool

SWEEP_SECONDS = 60.0  # between two looks for what was kept long enough


class Service:
    """What the handlers of requests share."""

    store: Store
    films: Films

    def __init__(self, options: Options) -> None:
        self.options, self.figures, self.draining = options, Figures(), False
        self.pool = Pool(options, self.figures.worked)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The folder and the workers, for as long as the server runs."""
        with own_folder() as folder:
            self.store = Store(folder, self.options.keep_seconds, self.options.keep_bytes)
            self.films = Films(self.options, self.store)
            others = [asyncio.create_task(self.pool.warm()), asyncio.create_task(self.sweep())]
            try:
                yield
            finally:
                for task in others:
                    task.cancel()
                    with suppress(asyncio.CancelledError, Refused):
                        await task
                await self.films.stop()
                await self.pool.stop()

    @property
    def at_work(self) -> bool:
        """Whether anything begun is not finished."""
        return self.films.at_work or any(lane.working or lane.waiting for lane in self.pool.lanes)

    async def sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            self.store.sweep()
            await self.films.sweep()

    def check_open(self, lane: Lane) -> None:
        """Refuse work before its body is read where it cannot be taken.

        Raises:
            Refused: the queue is full, or the server is about to end.
        """
        if self.draining:
            raise Refused(503, "ending", "This server is about to end: ask again in a moment.", retry=5)
        if lane.full:
            raise busy()


def service_of(connection: HTTPConnection) -> Service:
    found: Service = connection.app.state.service
    return found
