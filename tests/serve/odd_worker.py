"""A worker that does, beside its work, what files ask for that no decoder should: sleep, crash, take memory."""

import os
import signal
import sys
import time

import numpy as np

from cleanplate.serve import worker
from cleanplate.serve.work import Workshop

ANSWERS = 4  # the descriptor that a worker answers through: the second of those that it opens first
SLOW = 0.777  # a stroke's hardness at which painting takes seconds
known, paint, keep = Workshop.do_compose, Workshop.do_paint_person, Workshop.do_keep_person


def do_compose(shop: Workshop, message: dict) -> tuple[dict, bytes]:
    path = message["files"].get("person")
    with open(path, "rb") if path else open(os.devnull, "rb") as file:
        head = file.read(16)
    if head.startswith(b"SLEEP"):
        time.sleep(float(head[5:]))
    if head.startswith(b"SPIN"):
        while True:
            pass
    if head.startswith(b"CRASH"):
        os.kill(os.getpid(), signal.SIGSEGV)
    if head.startswith(b"EAT"):
        np.ones(16 << 30, np.uint8)
    if head.startswith(b"LIE"):
        os.write(ANSWERS, b"\xff" * 64)
        time.sleep(60)
    if head.startswith((b"SLEEP", b"MISTAKE")):
        raise RuntimeError("a mistake")
    return known(shop, message)


def do_keep_person(shop: Workshop, message: dict) -> tuple[dict, bytes]:
    with open(f"{message['folder']}/source", "rb") as file:
        if file.read(5) == b"CRASH":
            os.kill(os.getpid(), signal.SIGSEGV)
    return keep(shop, message)


def do_paint_person(shop: Workshop, message: dict) -> tuple[dict, bytes]:
    if any(each["hardness"] == SLOW for each in message["strokes"]):
        time.sleep(4)
    return paint(shop, message)


if __name__ == "__main__":
    Workshop.do_compose, Workshop.do_paint_person, Workshop.do_keep_person = do_compose, do_paint_person, do_keep_person
    sys.exit(worker.main())
