"""serve.server and cli.serve: where it listens, and how it ends."""

import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from servers import PATH

from cleanplate import cli
from cleanplate.errors import InputError
from cleanplate.serve.client import Client, Problem
from cleanplate.serve.options import Options


def test_only_this_machine_is_listened_to(server):
    with open("/proc/net/tcp", encoding="ascii") as file:
        listening = [line.split()[1].split(":") for line in file if line.split()[3] == "0A"]
    assert [address for address, port in listening if int(port, 16) == server.port] == ["0100007F"]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.com"])  # noqa: S104 - refused
def test_another_host_needs_a_token(host, capsys, monkeypatch):
    monkeypatch.delenv("CLEANPLATE_TOKEN", raising=False)
    assert cli.main(["serve", "--host", host]) == 2
    assert "give a token by --token-file" in capsys.readouterr().err


def test_a_token_that_can_be_guessed_is_refused():
    with pytest.raises(InputError, match="fewer than 16"):
        Options(host="0.0.0.0", token="secret")  # noqa: S104, S106


def test_nowhere_to_put_pictures_is_said(capsys, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", "/nowhere/at/all")
    assert cli.main(["serve", "--port", "0"]) == 2
    assert "have nowhere to be put (No such file or directory)" in capsys.readouterr().err


def test_a_port_that_is_taken_is_said(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert cli.main(["serve", "--port", str(port)]) == 2
    assert f"127.0.0.1 port {port} cannot be listened on" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_serves_until_a_signal_and_leaves_nothing(tmp_path, number, disc, ground):
    environment = os.environ | {"PYTHONPATH": PATH, "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-m", "cleanplate", "serve", "--port", "0", "--workers", "1"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        address = process.stderr.readline().split()[1]
        with Client(address) as client:
            assert client.compose(disc, ground).width == 120
        process.send_signal(number)
        assert process.wait(15) == 128 + number
        assert process.stderr.read() == ""
    assert list(tmp_path.iterdir()) == []


BEGINNINGS = (
    "/v1/compose", "/v1/harmonize", "/v1/matte", "/v1/cutouts", "/v1/plates", f"/v1/cutouts/{'0' * 32}/paintings", "/v1/films",
    f"/v1/films/{'0' * 32}/stills", "/v1/jobs", "/api/remove",
)  # fmt: skip


@pytest.mark.long
def test_what_is_begun_is_finished_and_nothing_new_is_taken(start, disc, ground):
    with start(workers=1) as server, server.client() as client, ThreadPoolExecutor(1) as pool:
        assert client.get_json("/readyz") == {"status": "ok"}
        client.compose(disc, ground)
        with server.client() as other:
            slow = pool.submit(other.compose, b"SLEEP2", ground)
            time.sleep(0.5)
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            for path in ("/readyz", *BEGINNINGS):
                with pytest.raises(Problem, match="about to end") as refused:
                    client.get_json(path) if path == "/readyz" else client.post(path, {"person": disc})
                assert (refused.value.status, refused.value.retry) == (503, 5), path
            with pytest.raises(Problem) as answered:
                slow.result()
            assert answered.value.status == 500  # after its sleep: answered, not cut off
        assert server.process.wait(10) == 128 + signal.SIGTERM


@pytest.mark.long
def test_a_job_that_does_not_end_is_not_waited_for_longer_than_said(start, disc, ground):
    with start(workers=1, drain_seconds=1) as server, server.client() as client, ThreadPoolExecutor(1) as pool:
        client.compose(disc, ground)
        with server.client() as other:
            slow = pool.submit(other.compose, b"SLEEP60", ground)
            time.sleep(0.5)
            start_of_end = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            server.process.wait(15)
            assert time.monotonic() - start_of_end < 8
            assert slow.exception() is not None


def test_a_second_signal_ends_it_at_once(start, disc, ground):
    with start(workers=1) as server, server.client() as client, ThreadPoolExecutor(1) as pool:
        client.compose(disc, ground)
        with server.client() as other:
            slow = pool.submit(other.compose, b"SLEEP60", ground)
            time.sleep(0.5)
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            server.process.send_signal(signal.SIGTERM)
            server.process.wait(6)
            assert slow.exception() is not None
