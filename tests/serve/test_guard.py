"""serve.guard: who is not let in is told so before anything is read; what a browser may do with an answer is said with each."""

import http.client
import json
import socket
from contextlib import closing, suppress

import pytest
from servers import Server, running

from cleanplate.serve.client import Problem, form

TOKEN = "a token of 24 letters..."  # noqa: S105 - asked for in tests alone


def asked(server: Server, method: str, path: str, body: bytes | None = None, **headers: str):
    """Status, headers and body of an answer; header names with _ for -."""
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
        connection.putrequest(method, path, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


@pytest.mark.parametrize("name", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example", ""])
def test_a_name_that_is_bent_to_this_machine_is_not_answered(server, name):
    status, _, body = asked(server, "GET", "/v1/models", Host=name)
    assert (status, json.loads(body)["reason"]) == (421, "host")


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST:{}", "127.0.0.1:{}", "[::1]:{}", "192.168.1.7:{}"])
def test_its_own_names_and_addresses_are(server, name):
    assert asked(server, "GET", "/v1/models", Host=name.format(server.port))[0] == 200


def test_a_name_may_be_given(start):
    with start(names=["pictures.example"]) as server:
        assert asked(server, "GET", "/v1/models", Host="pictures.example")[0] == 200
        assert asked(server, "GET", "/v1/models", Host="other.example")[0] == 421


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "http://localhost.evil.example", "file://"])
@pytest.mark.parametrize("path", ["/v1/compose", "/v1/matte", "/v1/jobs", "/v1.0/removebg", "/api/remove"])
def test_another_sites_page_gets_no_work_done(server, path, origin):
    status, _, body = asked(server, "POST", path, b"", Origin=origin)
    told = json.loads(body)
    assert (status, told["errors"][0]["code"] if "errors" in told else told["reason"]) == (403, "origin")


def test_a_form_of_another_site_without_its_origin_is_told_by_the_browser(server):
    assert asked(server, "POST", "/v1/matte", b"", Sec_Fetch_Site="cross-site")[0] == 403
    assert asked(server, "POST", "/v1/matte", b"", Sec_Fetch_Site="same-origin")[0] == 400  # let in: no form


def test_its_own_page_does(server):
    assert asked(server, "POST", "/v1/matte", b"", Origin=server.address.rstrip("/"))[0] == 400
    assert asked(server, "DELETE", "/v1/plates/" + "0" * 32, Origin=server.address.rstrip("/"))[0] == 404


def test_no_site_is_told_that_it_may_read(server):
    for method, path in (("GET", "/v1/models"), ("OPTIONS", "/v1/compose"), ("GET", "/")):
        _, headers, _ = asked(server, method, path, Origin="http://evil.example")
        assert not [name for name in headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize("path", ["/", "/v1/models", "/healthz", "/nothing", "/v1/jobs/" + "0" * 32])
def test_every_answer_says_what_a_browser_may_do(server, path):
    _, headers, _ = asked(server, "GET", path)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "Set-Cookie" not in headers
    assert "Server" not in headers


# ---- lengths ---------------------------------------------------------------------------------------------------------


def test_a_length_beyond_the_cap_is_refused_before_the_body(server):
    with socket.create_connection(("127.0.0.1", server.port), 10) as line:
        line.sendall(b"POST /v1/plates HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000000\r\nContent-Type: image/png\r\n\r\n")
        assert line.recv(100).startswith(b"HTTP/1.1 413 ")  # and not a byte of it was sent


def test_a_body_without_a_length_is_refused_at_the_cap(start):
    with start(picture_bytes=1 << 20) as server:
        kind, body = form({"plate": b"\x89PNG" + bytes(3 << 20)})
        pieces = (body[at : at + 65536] for at in range(0, len(body), 65536))
        line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        with closing(line), suppress(ConnectionError, http.client.HTTPException):  # it is closed while more is sent
            line.request("POST", "/v1/plates", pieces, {"Content-Type": kind}, encode_chunked=True)
            assert line.getresponse().status == 413
        with server.client() as client:
            assert 'path="/v1/plates",status="413"' in client.request("GET", "/metrics")[1].decode()


def test_one_file_beyond_the_cap_is_refused_though_several_may_come(start, ground):
    with start(picture_bytes=1 << 20) as server, server.client() as client:
        with pytest.raises(Problem, match="A file has more than the 1 MB") as refused:
            client.compose(b"\x89PNG" + bytes(2 << 20), ground)
        assert (refused.value.status, refused.value.reason) == (413, "too-large")


@pytest.mark.parametrize("length", ["-1", "1e3", "0x10", "1 "])
def test_a_length_that_is_no_number_is_refused(server, length):
    with socket.create_connection(("127.0.0.1", server.port), 10) as line:
        line.sendall(f"POST /v1/plates HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}x\r\n\r\n".encode())
        assert line.recv(100).startswith(b"HTTP/1.1 400 ")


def test_while_a_large_body_comes_the_server_holds_little_of_it(start):
    with start(picture_bytes=64 << 20) as server, server.client() as client:
        client.get_json("/healthz")
        before = peak(server.process.pid)
        with pytest.raises(Problem):
            client.keep_plate(b"no picture" + bytes(60 << 20))
        assert peak(server.process.pid) - before < 8 << 20


def peak(process: int) -> int:
    """The most memory that a process ever held, in bytes."""
    with open(f"/proc/{process}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) << 10 for line in file if line.startswith("VmHWM"))


# ---- tokens ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    """A server that asks for a token."""
    with running(tmp_path_factory.mktemp("closed"), token=TOKEN) as made:
        yield made


CLOSED = ["/v1/models", "/metrics", "/api/remove", "/v1/jobs/" + "0" * 32]


@pytest.mark.parametrize("path", CLOSED)
@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}, {"X_Api_Key": TOKEN[:-1]}, {"X_Api_Key": ""}]
)
def test_without_the_token_nothing_is_told(closed, path, headers):
    status, told, _ = asked(closed, "GET", path, **headers)
    assert status == 401
    assert told["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("headers", [{"Authorization": f"Bearer {TOKEN}"}, {"X_Api_Key": TOKEN}])
def test_with_it_all_is(closed, headers):
    assert asked(closed, "GET", "/v1/models", **headers)[0] == 200


def test_the_page_and_whether_it_works_are_told_to_all(closed):
    assert [asked(closed, "GET", path)[0] for path in ("/", "/healthz", "/readyz")] == [200] * 3
