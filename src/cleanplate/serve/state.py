"""`/healthz`, `/readyz`, `/metrics` and `/v1/models`: how the server is."""

import asyncio
import dataclasses
import os
import time

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from cleanplate.models import graphs
from cleanplate.serve.figures import held_bytes
from cleanplate.serve.problems import Refused
from cleanplate.serve.service import Service, service_of

HEALTH_SECONDS = 5.0  # for the small job
FRESH = 1.0  # seconds for which its answer is good: who asks more often costs no more


class Health:
    """The latest small job; whoever asks while one runs waits for that one."""

    def __init__(self, service: Service) -> None:
        self.service, self.at = service, 0.0
        self.task: asyncio.Task[None] | None = None

    async def check(self) -> None:
        """Raise Refused unless a whole small job works, now or a moment ago."""
        if self.task is None or (self.task.done() and (self.task.exception() or time.monotonic() - self.at > FRESH)):
            self.task = asyncio.create_task(self.work())
        await asyncio.shield(self.task)

    async def work(self) -> None:
        try:
            async with asyncio.timeout(HEALTH_SECONDS):
                told, _ = await self.service.pool.quick.run({"do": "health"})
        except TimeoutError:
            raise Refused(503, "unwell", f"A job of 64 x 64 pixels took longer than {HEALTH_SECONDS:g} seconds.") from None
        if not told["changed"]:
            raise Refused(503, "unwell", "A job of 64 x 64 pixels came back as it went in.")
        self.at = time.monotonic()


async def health(request: Request) -> Response:
    """Whether it works: a real job of 64 x 64 pixels."""
    state: Health = request.app.state.health
    await state.check()
    return JSONResponse({"status": "ok"})


async def ready(request: Request) -> Response:
    """Whether it takes more work."""
    service = service_of(request)
    service.check_open(service.pool.pictures)
    return JSONResponse({"status": "ok"})


async def metrics(request: Request) -> Response:
    """Prometheus' figures."""
    service = service_of(request)
    lane = service.pool.pictures
    now = {
        "jobs_working": len(lane.working), "jobs_waiting": len(lane.waiting), "workers": lane.count,
        "kept": len(service.store.kept), "kept_bytes": sum(each.bytes for each in service.store.kept.values()),
        "draining": int(service.draining),
        "memory_bytes": sum(map(held_bytes, (os.getpid(), *service.pool.processes))),
    }  # fmt: skip
    return PlainTextResponse(service.figures.text(now), media_type="text/plain; version=0.0.4")


async def models(_: Request) -> Response:
    """The weight files: what each is for, its license, source, sha256, size and measured quality."""
    listed = [dataclasses.asdict(model) | {"bytes": model.bytes} for model in graphs.catalogue().values()]
    return JSONResponse({"models": listed})
