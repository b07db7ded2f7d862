"""A batch: several people in several plates, one after the other, into an archive; one that cannot be made stops no other."""

import asyncio
import json
import os
import time
import zipfile
from collections.abc import Awaitable, Callable
from typing import Any

from cleanplate.serve.problems import Refused
from cleanplate.serve.wire import Message

Ask = Callable[[Message], Awaitable[tuple[dict[str, Any], bytes]]]  # a worker; it raises Refused
Tell = Callable[..., None]  # how far it is, by fields of a job
MOST = 1000  # pictures of a batch
PAIRINGS = "every", "order"
REPORT = "report.jsonl"
KIND = "zip"
PATIENCE = 4  # times as long as one picture may take that is waited for: a batch gives way to them


def pairs(people: int, plates: int, pairing: str) -> list[tuple[int, int]]:
    """Who stands where, by their places in the request: everybody on every plate, person by person, or the first on the first.

    Raises:
        Refused: no such pairing, as many of the one as of the other are needed, or it gets too many.

    >>> pairs(2, 2, "every"), pairs(2, 2, "order")
    ([(0, 0), (0, 1), (1, 0), (1, 1)], [(0, 0), (1, 1)])
    """
    if pairing not in PAIRINGS:
        raise Refused(422, "input", f"There is no `pairing` {pairing[:20]}: give one of {', '.join(PAIRINGS)}.")
    if not people or not plates:
        raise Refused(422, "input", f"`{'plates' if people else 'people'}` is missing: send files, or ids of what is kept.")
    if pairing == "order" and people != plates:
        raise Refused(422, "input", f"`pairing` order takes one plate a person; {people} people and {plates} plates were given.")
    found = [(who, where) for who in range(people) for where in range(plates) if pairing == "every" or who == where]
    if len(found) > MOST:
        raise Refused(422, "input", f"A batch has at most {MOST} pictures, and this would be {len(found)}: send it in parts.")
    return found


async def make(message: Message, ask: Ask, tell: Tell) -> None:
    """Every picture into the archive ``out``, as it is made, and a report of them."""
    begin, lines, said = time.monotonic(), list[dict[str, Any]](), Cutouts(message, ask)
    tell(pictures=len(message["pairs"]))
    with zipfile.ZipFile(message["out"], "w", zipfile.ZIP_STORED) as archive:  # pictures are packed already
        for number, (who, where) in enumerate(message["pairs"], 1):
            person, plate = message["people"][who], message["plates"][where]
            line = {"file": f"{number:04d}.{message['format']}", "person": person["name"], "plate": plate["name"], "state": "done"}
            start = time.monotonic()
            try:
                line["warnings"] = await picture(message, await said.of(who), plate, ask)
                await asyncio.to_thread(put, archive, f"{message['folder']}/made", line["file"])
            except Refused as refused:
                line |= {"file": None, "state": "failed", "warnings": [], "problem": refused.problem["detail"]}
            lines.append(line | {"seconds": round(time.monotonic() - start, 2)})
            failed = sum(each["state"] == "failed" for each in lines)
            tell(done=number, failed=failed, seconds=time.monotonic() - begin)
        archive.writestr(REPORT, "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in lines))
    words = [f"{failed} of {len(lines)} pictures could not be made: {REPORT} says why."] if failed else []
    tell(state="done", warnings=words)


class Cutouts:
    """The people of a batch, each cut out once, when their first picture is made."""

    def __init__(self, message: Message, ask: Ask) -> None:
        self.message, self.ask = message, ask
        self.found: dict[int, str | Refused] = {}

    async def of(self, who: int) -> str:
        """The folder of somebody cut out.

        Raises:
            Refused: they cannot be.
        """
        if who not in self.found:
            try:
                self.found[who] = await self.cut_out(self.message["people"][who], f"{self.message['folder']}/person-{who}")
            except Refused as refused:
                self.found[who] = refused
        found = self.found[who]
        if isinstance(found, Refused):
            raise found
        return found

    async def cut_out(self, person: Message, folder: str) -> str:
        if "folder" in person:
            return str(person["folder"])
        os.mkdir(folder)
        os.replace(person["path"], f"{folder}/source")
        await self.ask({"do": "keep_person", "folder": folder, "files": {}, "recipe": self.message["recipe"]})
        return folder


async def picture(message: Message, person: str, plate: Message, ask: Ask) -> list[str]:
    """One picture into the file ``made``, as a request for it alone would get it; what is said of it."""
    place = {"kept_plate": plate["folder"]} if "folder" in plate else {"plate": plate["path"]}
    asked = message["asked"] | {"files": {"kept_person": person} | place, "recipe": message["recipe"]}
    told, _ = await ask({"do": "compose", "looks": [], "out": f"{message['folder']}/made"} | asked)
    warnings: list[str] = told["warnings"]
    return warnings


def put(archive: zipfile.ZipFile, path: str, name: str) -> None:
    """A file into the archive, from the disk."""
    archive.write(path, name)
    os.remove(path)
