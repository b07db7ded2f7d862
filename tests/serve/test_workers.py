"""serve.workers: files that harm whoever decodes them harm one worker; queues end; what takes too long is ended."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from servers import Server

from cleanplate.serve.client import Problem
from cleanplate.serve.workers import Lane


def sent(server: Server, person: bytes, plate: bytes) -> tuple[int, float, int | None]:
    """Status, seconds and when to try again."""
    start = time.perf_counter()
    with server.client() as client:
        try:
            client.compose(person, plate)
        except Problem as refused:
            return refused.status, time.perf_counter() - start, refused.retry
        return 200, time.perf_counter() - start, None


def test_of_those_free_the_one_is_asked_who_may_remember_else_any():
    lane = Lane({}, 3, 1, 1.0, lambda seconds: None)
    assert [lane.workers.index(asyncio.run(lane.take(number))) for number in (7, 7, 7)] == [1, 0, 2]


HARM = [(b"CRASH", 422), (b"EAT", 413), (b"MISTAKE", 500), (b"LIE", 422), (b"SPIN", 504)]


@pytest.mark.long
@pytest.mark.parametrize(("person", "status"), HARM)
def test_a_file_that_harms_its_decoder_harms_nobody_else(start, disc, ground, person, status):
    with start(memory=1 << 30, work_seconds=4) as server:
        assert sent(server, person, ground)[0] == status
        assert sent(server, disc, ground)[0] == 200
        with server.client() as client:
            assert client.get_json("/healthz") == {"status": "ok"}


@pytest.mark.long
def test_what_takes_too_long_is_ended_and_said_so(start, disc, ground):
    with start(work_seconds=3) as server:
        assert sent(server, disc, ground)[0] == 200
        status, seconds, _ = sent(server, b"SLEEP60", ground)
        assert status == 504
        assert 3 <= seconds < 10
        assert sent(server, disc, ground)[0] == 200


@pytest.mark.long
def test_more_than_can_wait_is_turned_away_at_once(start, disc, ground):
    with start(workers=1) as server:
        assert sent(server, disc, ground)[0] == 200
        with ThreadPoolExecutor(8) as pool:
            asked = [pool.submit(sent, server, b"SLEEP2", ground) for _ in range(3)]  # one works, two wait
            time.sleep(0.7)
            with server.client() as client:
                with pytest.raises(Problem) as refused:
                    client.get_json("/readyz")
                assert refused.value.status == 503
                assert client.get_json("/healthz") == {"status": "ok"}
            more = [sent(server, disc, ground) for _ in range(3)]
            found = [each.result() for each in asked]
        assert [status for status, _, _ in found] == [500] * 3  # asleep, then a mistake
        assert [(status, retry) for status, _, retry in more] == [(503, 1)] * 3
        assert min(seconds for _, seconds, _ in more) < 0.1
        assert sent(server, disc, ground)[0] == 200
