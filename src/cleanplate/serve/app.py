"""The application: which request is answered by whom. START READING HERE."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from cleanplate.errors import CleanplateError
from cleanplate.serve import filming, jobs, keeps, openapi, painting, pictures, previews, rembg, removebg, state
from cleanplate.serve.guard import Guard, problem
from cleanplate.serve.options import USUAL, Options
from cleanplate.serve.problems import Refused, refusal
from cleanplate.serve.service import Service

PAGE = Path(__file__).parent / "page" / "built"


def app(options: Options = USUAL) -> Starlette:
    """The application for a server; its workers start and end with it."""
    service = Service(options)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with service.running():
            yield

    guard = Middleware(Guard, options, service.figures)
    made = Starlette(routes=routes(), lifespan=lifespan, exception_handlers=HANDLERS, middleware=[guard])
    made.state.service, made.state.health = service, state.Health(service)
    return made


def routes() -> list[BaseRoute]:
    """Every address and who answers there."""
    return [
        Route("/v1/compose", pictures.compose, methods=["POST"]),
        Route("/v1/harmonize", pictures.harmonize, methods=["POST"]),
        Route("/v1/matte", pictures.matte, methods=["POST"]),
        Route("/v1/cutouts", keeps.keep_cutout, methods=["POST"]),
        Route("/v1/cutouts/{id}", keeps.forget_cutout, methods=["DELETE"]),
        Route("/v1/cutouts/{id}/preview.png", keeps.cutout_preview),
        Route("/v1/plates", keeps.keep_plate, methods=["POST"]),
        Route("/v1/plates/{id}", keeps.forget_plate, methods=["DELETE"]),
        Route("/v1/plates/{id}/preview.jpg", keeps.plate_preview),
        *painting.routes(),
        *filming.routes(),
        WebSocketRoute("/v1/previews", previews.previews),
        Route("/v1/jobs", jobs.begin, methods=["POST"]),
        Route("/v1/jobs/{id}", jobs.state),
        Route("/v1/jobs/{id}", jobs.forget, methods=["DELETE"]),
        Route("/v1/jobs/{id}/events", jobs.events),
        Route("/v1/jobs/{id}/result", jobs.result),
        Route("/v1.0/removebg", removebg.removebg, methods=["POST"]),
        Route("/v1.0/account", removebg.account),
        Route("/api/remove", rembg.remove, methods=["POST"]),
        Route("/api/remove", rembg.refuse),
        Route("/openapi.json", contract),
        Route("/v1/models", state.models),
        Route("/healthz", state.health),
        Route("/readyz", state.ready),
        Route("/metrics", state.metrics),
        Mount("/", StaticFiles(directory=PAGE, html=True, check_dir=False)),
    ]


async def contract(_: Request) -> Response:
    """All of this as OpenAPI."""
    return Response(openapi.text(), media_type="application/json")


# ---- what goes wrong -----------------------------------------------------------------------------------------------


async def on_refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101 - for the type checker
    return problem(error)


async def on_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, CleanplateError)  # noqa: S101
    return problem(refusal(error))


async def on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    words = {404: "There is nothing at this address", 405: f"{request.method} is not answered at this address"}
    detail = words.get(error.status_code, "This cannot be answered") + ": see /openapi.json for what is."
    return problem(Refused(error.status_code, "address", detail))


HANDLERS = {Refused: on_refused, CleanplateError: on_error, HTTPException: on_http}
