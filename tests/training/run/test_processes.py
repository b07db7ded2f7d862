import csv
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from buckets import Bucket, mock
from joining import mean_in_a_process
from painted import Painter

import cleanplate

torch = pytest.importorskip("torch")

from cleanplate.errors import InputError  # noqa: E402
from cleanplate.training.run import processes, train  # noqa: E402
from cleanplate.training.samples import pack, sets, shards  # noqa: E402

pytestmark = pytest.mark.train

TINY = """
batch = 4
steps = 12
warm_up = 2
rate = 3e-3
sizes = [[0.0, 32], [0.5, 64]]
validate_every = 2
workers = 0
threads = 1
bfloat16 = false  # its rounding depends on how many samples a sum is over
adversarial_from = 0.3
discriminator_width = 4
network = {widths = [4, 4, 8, 8, 8], hidden = 4, dropout = 0.0}  # each process drops units of its own
"""


def log(out: Path) -> np.ndarray:
    with open(out / "harmonize" / "log.csv", newline="") as file:
        return np.array([[float(value) for value in row] for row in csv.reader(file)])


@pytest.mark.slow
def test_two_processes_of_torchrun_have_the_loss_curve_of_one(
    tree: Path, drawn_pack: Callable[[], pack.Pack], tmp_path: Path, python: Callable[..., object]
) -> None:
    """From the command line, discriminator and gradient penalty included; the packs are there already."""
    config = tmp_path / "tiny.toml"
    config.write_text(TINY)
    for name in ("one", "two"):
        for split in ("train", "validation"):
            shutil.copytree(drawn_pack().folder, tmp_path / name / f"pack-{split}")
    train.run("harmonize", tree, tmp_path / "one", config)
    command = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "cleanplate", "train", "harmonize")
    done = python(*command, "--data", tree, "--out", tmp_path / "two", "--config", config)
    assert done.returncode == 0, done.stderr.decode()  # type: ignore[attr-defined]
    assert done.stdout.decode().splitlines() == [str(tmp_path / "two" / "harmonize" / "best.pt")]  # type: ignore[attr-defined]
    assert done.stderr.decode().count("step 12/12") == 1  # type: ignore[attr-defined]
    one, two = log(tmp_path / "one"), log(tmp_path / "two")
    assert one[:, 0].tolist() == two[:, 0].tolist() == [2, 4, 6, 8, 10, 12]
    curves = [each[:, [3, 4, 7, 8, 9]] for each in (one, two)]  # loss, validation, adversarial, discriminator, penalty
    assert np.isfinite(curves[0][2:]).all()
    losses, scores = (0, 1, 3, 4), 2  # the discriminator's mean score, of order 1, crosses 0 where no share of it can be asked for
    np.testing.assert_allclose(*(each[:, losses] for each in curves), rtol=2e-3)
    np.testing.assert_allclose(*(each[:, scores] for each in curves), atol=1e-3)
    assert np.ptp(one[:, 3]) > 0.01  # a curve that moves, or it would tell nothing
    states = [torch.load(tmp_path / name / "harmonize" / "last.pt", weights_only=True) for name in ("one", "two")]
    assert states[0]["network"].keys() == states[1]["network"].keys()


@pytest.mark.long
@pytest.mark.slow
def test_two_machines_that_share_a_bucket_alone_have_the_loss_curve_of_one_with_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two agents of torchrun, each with a folder of its own and a process that reads ahead; tar files in a store."""
    pytest.importorskip("obstore", reason="needs the extra `cloud` (obstore)")
    config = tmp_path / "tiny.toml"
    config.write_text(TINY)
    for name, seed in (("set", 0), ("held", 1)):
        sets.write(Painter("harmonize"), "harmonize", tmp_path / name, 5, seed, {})
    train.run("harmonize", tmp_path / "set", tmp_path / "one", config, held_out=tmp_path / "held")
    config.write_text(TINY.replace("workers = 0", "workers = 1"))
    with mock() as port, socket.socket() as held:
        url = Bucket(monkeypatch, port).url
        for name in ("set", "held"):
            shards.write(tmp_path / name, f"{url}/{name}", 40_000)
        held.bind(("127.0.0.1", 0))
        meeting = held.getsockname()[1]
        held.close()
        agents = [agent(rank, meeting, tmp_path, config, url) for rank in (0, 1)]
        said = [each.communicate(timeout=500)[1].decode() for each in agents]
    assert [each.returncode for each in agents] == [0, 0], said
    assert list((tmp_path / "machine1" / "harmonize").iterdir()) == []
    one, two = log(tmp_path / "one"), log(tmp_path / "machine0")
    np.testing.assert_allclose(one[:, [0, 3, 4, 8, 9]], two[:, [0, 3, 4, 8, 9]], rtol=2e-3)
    assert np.ptp(one[:, 3]) > 0.01


def agent(rank: int, meeting: int, folder: Path, config: Path, url: str) -> "subprocess.Popen[bytes]":
    command = [
        sys.executable, "-m", "torch.distributed.run", "--nnodes", "2", "--nproc-per-node", "1", "--node-rank", str(rank),
        "--master-addr", "127.0.0.1", "--master-port", str(meeting), "-m", "cleanplate", "train", "harmonize",
        "--data", f"{url}/set", "--held-out", f"{url}/held", "--out", str(folder / f"machine{rank}"), "--config", str(config),
    ]  # fmt: skip
    path = os.pathsep.join(filter(None, [str(Path(cleanplate.__file__).parents[1]), os.environ.get("PYTHONPATH")]))
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ | {"PYTHONPATH": path})


def test_alone_a_process_is_the_first_and_draws_the_whole_batch() -> None:
    with processes.joined():
        assert (processes.rank(), processes.count()) == (0, 1)
        assert list(processes.part(5)) == [0, 1, 2, 3, 4]
        gradient = torch.tensor([1.0, 2.0])
        processes.average([gradient])
        processes.wait()
    assert gradient.tolist() == [1, 2]


def test_the_parts_of_all_processes_are_the_whole_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "count", lambda: 3)
    parts = []
    for rank in range(3):
        monkeypatch.setattr(processes, "rank", lambda rank=rank: rank)
        parts.append(list(processes.part(6)))
    assert parts == [[0, 1], [2, 3], [4, 5]]


def test_a_batch_that_cannot_be_shared_evenly_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "count", lambda: 2)
    with pytest.raises(InputError, match="A batch of 5 cannot be shared by 2 processes"):
        processes.part(5)


@pytest.mark.slow
def test_tensors_are_averaged_over_processes(tmp_path: Path) -> None:
    """1 x and 2 x (1, 2), 0 and 10, by hand."""
    torch.multiprocessing.spawn(mean_in_a_process, (str(tmp_path / "meeting"),), nprocs=2)
