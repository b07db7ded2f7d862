"""shards: a set in tar files is the set, whoever reads it, from a folder or an object store."""

import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from buckets import Bucket, mock
from painted import Painter

from cleanplate import cli
from cleanplate.errors import InputError, OutputError
from cleanplate.training.run.set_source import SetSource
from cleanplate.training.samples import sets, shards


@pytest.fixture(params=["harmonize", "blend"])
def written(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    sets.write(Painter(request.param), request.param, tmp_path / "set", 5, 0, {})
    return tmp_path / "set"


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    pytest.importorskip("obstore", reason="needs the extra `cloud` (obstore)")
    with mock() as port:
        yield f"{Bucket(monkeypatch, port).url}/set"


def drawn(folder: str | Path) -> dict[str, np.ndarray]:
    return SetSource(folder).draw(np.random.default_rng(7), 6, 48)


def same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


def test_batches_from_tar_files_are_those_from_the_folder(written: Path, tmp_path: Path) -> None:
    assert cli.main(["shards", str(written), "-o", str(tmp_path / "tars"), "--largest", "40KB"]) == 0
    assert len(list((tmp_path / "tars").glob("*.tar"))) > 1
    assert same(drawn(written), drawn(tmp_path / "tars"))


def test_batches_from_an_object_store_are_those_from_the_folder(written: Path, bucket: str) -> None:
    shards.write(written, bucket, 40_000)
    assert same(drawn(written), drawn(bucket))


def test_others_read_the_tar_files_by_the_rules_of_webdataset(written: Path, tmp_path: Path) -> None:
    reader = pytest.importorskip("webdataset.tariterators")
    shards.write(written, tmp_path / "tars", 40_000)
    found = []
    for path in sorted((tmp_path / "tars").glob("*.tar")):
        with path.open("rb") as file:
            found += reader.group_by_keys(reader.tar_file_expander([{"url": path.name, "stream": file}]))
    assert [each["__key__"] for each in found] == [f"{number:06d}" for number in range(5)]
    for entry, each in zip(sets.entries(written), found, strict=True):
        for field, file in entry["files"].items():
            assert each[f"{field}.png"] == (written / file).read_bytes()
        assert json.loads(each["json"]) == entry | {"files": {field: f"{each['__key__']}.{field}.png" for field in entry["files"]}}


def test_tar_files_of_tar_files_are_the_same_bytes(written: Path, tmp_path: Path) -> None:
    for source, out in ((written, "one"), (tmp_path / "one", "two")):
        shards.write(source, tmp_path / out, 40_000)
    one, two = ({path.name: path.read_bytes() for path in (tmp_path / out).iterdir()} for out in ("one", "two"))
    assert one == two


def test_a_finished_set_is_not_written_over_unasked_and_a_broken_off_one_is(written: Path, tmp_path: Path) -> None:
    (tmp_path / "tars").mkdir()
    (tmp_path / "tars" / "000000.tar").write_bytes(b"half")
    shards.write(written, tmp_path / "tars")
    with pytest.raises(OutputError, match="holds a set already"):
        shards.write(written, tmp_path / "tars")
    shards.write(written, tmp_path / "tars", overwrite=True)
    assert same(drawn(written), drawn(tmp_path / "tars"))


def test_a_tar_file_that_is_cut_or_another_is_one_sentence(written: Path, tmp_path: Path) -> None:
    shards.write(written, tmp_path / "tars")
    path = tmp_path / "tars" / "000000.tar"
    whole = path.read_bytes()
    path.write_bytes(whole[:3000])
    with pytest.raises(InputError, match=r"000000\.tar ends before byte"):
        drawn(tmp_path / "tars")
    other = io.BytesIO()
    with tarfile.open(fileobj=other, mode="w"):
        pass
    path.write_bytes(other.getvalue().ljust(len(whole), b"\0"))
    with pytest.raises(InputError, match="does not hold what its manifest says"):
        drawn(tmp_path / "tars")
