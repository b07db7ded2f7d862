"""`WS /v1/previews`: the latest message is answered, first quickly, then well."""

import asyncio
import json
import time
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from cleanplate.errors import CleanplateError
from cleanplate.serve import keeping, pictures
from cleanplate.serve.keeps import check_side
from cleanplate.serve.problems import Refused, refusal
from cleanplate.serve.service import Service, service_of
from cleanplate.serve.store import check_identity
from cleanplate.serve.uploads import Form
from cleanplate.serve.wire import Message
from cleanplate.serve.written import output

QUICK, WELL = 70, 90  # JPEG's quality while things move, and at rest
REST = 0.15  # seconds without a newer message after which it is sent well
GIVEN = ("picture", "person")
KNOWN = {"request", "plate", "layers", "size", "defocus", "aperture", "weights", "look", "side", "region", "quality", "give"}
MOST_MESSAGE = 1 << 20  # bytes of one


async def previews(socket: WebSocket) -> None:
    """One page's connection."""
    await socket.accept(subprotocol="cleanplate" if "cleanplate" in socket.scope.get("subprotocols", ()) else None)
    latest = Latest()
    answering = asyncio.create_task(answer_all(socket, service_of(socket), latest))
    try:
        while True:
            latest.put(await socket.receive_text())
    except WebSocketDisconnect:
        pass
    finally:
        answering.cancel()


class Latest:
    """A place for one message: a newer one takes the place of one that nobody has taken yet."""

    def __init__(self) -> None:
        self.text: str | None = None
        self.there = asyncio.Event()

    def put(self, text: str) -> None:
        self.text = text
        self.there.set()

    async def take(self) -> str:
        await self.there.wait()
        self.there.clear()
        text, self.text = self.text, None
        return text or ""

    async def comes_within(self, seconds: float) -> bool:
        """Whether another one comes, or is there already."""
        try:
            await asyncio.wait_for(self.there.wait(), seconds)
        except TimeoutError:
            return False
        return True


async def answer_all(socket: WebSocket, service: Service, latest: Latest) -> None:
    while True:
        text = await latest.take()
        given: dict[str, Any] = {}
        try:
            given = parsed(text)
            message = preview_message(service, given)
            await answer(socket, service, message, given, rest=False)
            if message["give"] == "picture" and message["quality"] < WELL and not await latest.comes_within(REST):
                await answer(socket, service, message | {"quality": WELL}, given, rest=True)
        except (Refused, CleanplateError) as error:
            refused = error if isinstance(error, Refused) else refusal(error)
            await socket.send_text(json.dumps({"request": given.get("request"), "problem": refused.problem}))


async def answer(socket: WebSocket, service: Service, message: Message, given: dict[str, Any], *, rest: bool) -> None:
    """One picture made and sent."""
    start = time.perf_counter()
    lane = service.pool.quick if message["side"] is not None else service.pool.pictures
    told, data = await lane.run(message, prefer=hash(message["plate"]))
    head = {"request": given.get("request"), "give": message["give"], "rest": rest, **told, "quality": message["quality"]}
    head["seconds"] = round(time.perf_counter() - start, 4)
    words = json.dumps(head).encode()
    await socket.send_bytes(len(words).to_bytes(4, "big") + words + data)


# ---- what was asked for --------------------------------------------------------------------------------------------


def parsed(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text) if len(text) <= MOST_MESSAGE else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Refused(400, "body", "A message is an object in JSON, of 1 MB at most; something else was sent.")
    return found


def preview_message(service: Service, given: dict[str, Any]) -> Message:
    """What a worker is told, checked.

    Raises:
        Refused, InputError: of what was given something cannot be.
    """
    for name in given:
        if name not in KNOWN:
            raise Refused(422, "input", f"There is no field `{name[:40]}` here: give those of {', '.join(sorted(KNOWN))}.")
    plate = service.store.find("plate", check_identity(str(given.get("plate", "")), "plate")).folder
    asked = pictures.layering(service, {"layers": None, **given})
    give = given.get("give", GIVEN[0])
    if give not in GIVEN:
        raise Refused(422, "input", f"`give` is one of {', '.join(GIVEN)}; {str(give)[:20]} was given.")
    side = given.get("side", keeping.SIDE)
    quality = output(Form(fields={"quality": given.get("quality", QUICK)}), "jpg")["form"]["quality"]
    return {
        "do": "preview", "plate": plate, "layers": asked["layers"], "whole": asked["recipe"], "give": give,
        "looks": pictures.looks(service, given),
        "side": None if side is None else check_side(side), "region": check_region(given.get("region")), "quality": quality,
    }  # fmt: skip


def check_region(given: Any) -> list[float] | None:
    if given is None:
        return None
    numbers = isinstance(given, list) and len(given) == 4 and all(type(each) in (int, float) and 0 <= each <= 1 for each in given)
    if not numbers or given[2] == 0 or given[3] == 0:
        raise Refused(422, "input", "`region` is [left, top, width, height], each from 0 to 1, the last two above 0.")
    return [float(each) for each in given]
