"""A folder of foreign, damaged and made-up files posted one by one: each is taken or refused, none is a mistake of the server's.

CLEANPLATE_BAD_INPUTS names the folder: ``images/`` and ``expect.tsv`` (file, ok | reject | either).
"""

import csv
import os
from collections import Counter
from pathlib import Path

import pytest
from servers import running

from cleanplate.serve.client import Problem

FOLDER = os.environ.get("CLEANPLATE_BAD_INPUTS", "")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FOLDER, reason="CLEANPLATE_BAD_INPUTS names no folder of foreign files"),
]
REFUSED = {400, 413, 415, 422, 501}  # 501: an optional decoder is not installed


def test_every_foreign_file_is_taken_or_refused_in_a_sentence(tmp_path):
    with open(Path(FOLDER) / "expect.tsv", encoding="utf-8") as file:
        expected = {row["file"]: row["expect"] for row in csv.DictReader(file, delimiter="\t") if row["file"].startswith("images/")}
    assert len(expected) > 100
    found: Counter[int] = Counter()
    wrong = []
    with running(tmp_path / "tmp", workers=2, pixels=50_000_000) as server, server.client() as client:
        for name, expect in expected.items():
            path = Path(FOLDER) / name
            try:
                client.request("DELETE", f"/v1/plates/{client.keep_plate(path).id}")
                status, said = 201, ""
            except Problem as refused:
                status, said = refused.status, refused.detail
            found[status] += 1
            taken = status == 201
            if (not taken and status not in REFUSED) or (not taken and (str(path) in said or str(tmp_path) in said)):
                wrong.append((name, expect, status, said))
        assert client.get_json("/healthz") == {"status": "ok"}
    print(dict(found))
    assert not wrong
