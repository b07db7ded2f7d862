"""serve.deadlines: who sends slowly is not waited for, and keeps nobody else waiting."""

import socket
import time

import pytest

SLOW = 200
HEAD = b"POST /v1/plates HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999\r\n"
STARTS = (b"", HEAD[:12], HEAD, HEAD + b"Content-Type: multipart/form-data; boundary=x\r\n\r\n--x")


@pytest.mark.long
def test_200_slow_senders_are_closed_in_time_and_others_are_served_meanwhile(start, disc, ground):
    with start(receive_seconds=3) as server, server.client() as client:
        client.get_json("/healthz")
        lines = [socket.create_connection(("127.0.0.1", server.port), 10) for _ in range(SLOW)]
        begin = time.monotonic()
        for number, line in enumerate(lines):
            line.sendall(STARTS[number % len(STARTS)])
        with server.client() as other:
            assert other.compose(disc, ground).width == 120
        time.sleep(1)
        for number, line in enumerate(lines):  # a byte now and then buys no time
            if number % len(STARTS):
                line.send(b"x")
        assert all(is_closed(line) for line in lines)
        assert 2 < time.monotonic() - begin < 9
        with server.client() as other:
            assert other.compose(disc, ground).width == 120


def is_closed(line: socket.socket) -> bool:
    """Whether the other side closes a connection within a few seconds, whatever it says first of what is no HTTP."""
    line.settimeout(8)
    try:
        while line.recv(1000):
            pass
        return True
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    finally:
        line.close()


@pytest.mark.long
def test_a_connection_may_ask_again_and_again(start):
    with start(receive_seconds=1) as server, server.client() as client:
        for _ in range(4):
            time.sleep(0.5)
            assert client.get_json("/healthz") == {"status": "ok"}


@pytest.mark.parametrize("pause", [1.5])
def test_a_later_request_of_a_connection_has_its_deadline_too(start, pause):
    with start(receive_seconds=1) as server, socket.create_connection(("127.0.0.1", server.port), 10) as line:
        line.sendall(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert line.recv(4000).startswith(b"HTTP/1.1 200")
        line.sendall(b"GET /readyz HT")
        time.sleep(pause)
        assert is_closed(line)
