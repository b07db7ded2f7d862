"""devices: what cannot be had is refused in one sentence, and what can answers as the CPU does."""

import importlib.util
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import cleanplate
from cleanplate import Compositor, cli
from cleanplate.errors import DeviceError, MissingExtra
from cleanplate.models import blender, devices, graphs, harmonizer
from cleanplate.models.devices import Device

SLACK = 2e-4  # of values within 0 and 1 or near them: float32 sums taken in another order
SHAPES = {  # what the graphs take in one composition: MODNet's size for previews, a tile with its halo, the harmonizer's side
    "modnet": {"input": (1, 3, 256, 320)},
    "selfie": {"input": (2, 3, 256, 256)},
    "face": {"input": (3, 3, 128, 128)},
    "blend-open": {name: (1, 1 if name == "alpha" else 3, 184, 368) for name in
                   ("source", "alpha", "foreground", "background", "front", "behind")},
    "harmonize-fast-cues": {"plate": (1, 3, 64, 64)},
    "harmonize-fast": {"composite": (1, 3, 64, 64), "alpha": (1, 1, 64, 64), "cues": (1, 573),
                       "origin": (1, 573), "known": (1, 1)},
}  # fmt: skip
PRESENT = pytest.param(
    Device.openvino, marks=pytest.mark.skipif(importlib.util.find_spec("openvino") is None, reason="openvino is not installed")
)
GPUS = [
    pytest.param(each, marks=pytest.mark.skipif(not devices.installed(each), reason="no onnxruntime-gpu is installed"))
    for each in (Device.cuda, Device.tensorrt)
]


def drawn(name: str) -> dict[str, np.ndarray]:
    """Smooth noise for every input of a graph; cues as a plate gives them."""
    rng = np.random.default_rng(0)
    arrays = {each: rng.random(shape, np.float32) for each, shape in SHAPES[name].items()}
    if "known" in arrays:
        arrays["known"][...] = 1
        arrays["origin"] = graphs.graph("harmonize-fast-cues", Device.cpu).run(plate=arrays["composite"] ** 2)["cues"]
    if "cues" in arrays:
        arrays["cues"] = graphs.graph("harmonize-fast-cues", Device.cpu).run(plate=arrays["composite"])["cues"]
    return arrays


def test_every_shipped_graph_is_compared():
    assert set(SHAPES) == set(graphs.catalogue()) - {"blend-fast"}  # in 8 bits for the CPU alone


def test_the_cpu_is_always_there_and_others_where_onnxruntime_has_them(monkeypatch):
    for providers, there in ([], {"cpu"}), (["CUDAExecutionProvider"], {"cpu", "cuda"}):
        monkeypatch.setattr(devices.onnxruntime, "get_available_providers", lambda providers=providers: providers)
        assert {each for each in ("cpu", "cuda", "tensorrt") if devices.installed(each)} == there


@pytest.mark.parametrize("device", [PRESENT, *GPUS])
def test_other_devices_than_the_cpu_blend_in_float32(device):
    try:
        assert blender.Blender(device=device)._graph is graphs.graph("blend-open", device)
    except DeviceError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("device", [PRESENT, *GPUS])
@pytest.mark.parametrize("name", SHAPES)
def test_a_graph_answers_on_every_device_as_on_the_cpu(name, device):
    try:
        other = graphs.graph(name, device)
    except DeviceError as error:
        pytest.skip(str(error))
    arrays, own = drawn(name), graphs.graph(name, Device.cpu)
    assert (other.inputs, other.outputs, other.metadata, other.sha256) == (own.inputs, own.outputs, own.metadata, own.sha256)
    expected, found = own.run(**arrays), other.run(**arrays)
    assert {each: array.shape for each, array in found.items()} == {each: array.shape for each, array in expected.items()}
    assert max(float(np.abs(found[each] - expected[each]).max()) for each in expected) < SLACK


@pytest.mark.parametrize("device", [PRESENT])
def test_calls_from_several_threads_do_not_mix_their_answers(device):
    graph, plates = graphs.graph("harmonize-fast-cues", device), np.random.default_rng(1).random((4, 1, 3, 64, 64), np.float32)
    alone = [graph.run(plate=each)["cues"] for each in plates]
    found: list[np.ndarray] = [np.empty(0)] * 4

    def run(index: int) -> None:
        for _ in range(10):
            found[index] = graph.run(plate=plates[index])["cues"]

    together = [threading.Thread(target=run, args=(index,)) for index in range(4)]
    for each in together:
        each.start()
    for each in together:
        each.join()
    for one, other in zip(alone, found, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


@pytest.mark.parametrize("device", [PRESENT])
def test_cues_made_on_one_device_serve_a_harmonizer_on_another(device):
    """They are a value of the weights and the plate: saved on one computer, used on the next."""
    rng = np.random.default_rng(2)
    (plate, picture), alpha = rng.random((2, 64, 64, 3), np.float32), np.ones((64, 64), np.float32)
    here, there = harmonizer.Harmonizer(device=Device.cpu), harmonizer.Harmonizer(device=device)
    own, other = (here.answer(picture, alpha, each.cues(plate)) for each in (here, there))
    np.testing.assert_allclose(own.grid, other.grid, atol=SLACK)


def test_graphs_are_kept_for_each_device_and_loaded_once(monkeypatch):
    """The device is told apart, the automatic choice shares the graph of what it chose."""
    monkeypatch.setattr(graphs, "_graphs", {})
    loaded = []
    monkeypatch.setattr(graphs, "Graph", lambda name, device: loaded.append((name, device)) or object())
    monkeypatch.setattr(devices, "installed", lambda device: device == "cpu")
    cpu, openvino = graphs.graph("blend-fast", "cpu"), graphs.graph("blend-fast", "openvino")
    assert cpu is not openvino
    assert graphs.graph("blend-fast") is graphs.graph("blend-fast", "cpu") is cpu
    assert loaded == [("blend-fast", "cpu"), ("blend-fast", "openvino")]


def test_an_unknown_device_is_refused_before_anything_is_loaded():
    with pytest.raises(DeviceError, match="no device abacus: give one of auto, cpu, cuda, tensorrt, openvino"):
        Compositor(device="abacus")


@pytest.mark.skipif(devices.installed(Device.cuda), reason="this onnxruntime has CUDA")
def test_an_onnxruntime_without_cuda_is_named_with_what_to_install():
    with pytest.raises(DeviceError, match=r"onnxruntime [\d.]+ was built without cuda: .*pip install onnxruntime-gpu"):
        graphs.graph("blend-fast", "cuda")


@pytest.mark.skipif(devices.installed(Device.cuda), reason="this onnxruntime has CUDA")
@pytest.mark.filterwarnings("ignore:Specified provider")  # it leaves this out where the provider is built in
@pytest.mark.parametrize("device", ["cuda", "tensorrt"])
def test_a_session_that_silently_fell_back_to_the_cpu_is_refused(monkeypatch, device):
    monkeypatch.setattr(devices, "installed", lambda device: True)
    with pytest.raises(DeviceError, match=f"The device {device} does not work here"):
        graphs.Graph("blend-fast", device=Device(device))


@pytest.mark.skipif(devices.installed(Device.cuda), reason="this onnxruntime has CUDA")
@pytest.mark.filterwarnings("ignore:Specified provider")
def test_the_automatic_choice_is_the_cpu_where_cuda_does_not_work(monkeypatch):
    monkeypatch.setattr(graphs, "_graphs", {})
    monkeypatch.setattr(devices, "installed", lambda device: True)
    assert graphs.graph("blend-fast") is graphs.graph("blend-fast", "cpu")


def test_a_gpu_that_fails_in_the_middle_is_named_in_one_sentence():
    def fail(*_: object) -> None:
        raise RuntimeError("out of memory\nat allocator.cc")

    session = graphs.graph("blend-fast", "cpu")._session
    session = type("Failing", (), {"inputs": session.inputs, "outputs": session.outputs, "metadata": {}, "run": fail})()
    with pytest.raises(DeviceError, match=r"^The device cuda failed \(out of memory at allocator.cc\): give smaller pictures"):
        devices.Guarded(session, Device.cuda).run({})


def test_a_missing_openvino_names_the_command_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(MissingExtra, match=r"openvino is not installed; run: pip install 'cleanplate\[openvino\]'"):
        graphs.Graph("blend-fast", device=Device.openvino)


@pytest.mark.parametrize("words", [("compose", "cutout", "plate"), ("harmonize", "pasted", "mask"), ("matte", "portrait")])
def test_every_command_that_runs_a_network_says_what_its_device_lacks(words, request, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "openvino", None)
    monkeypatch.setattr(graphs, "_graphs", {})
    verb, *names = words
    files = [str(request.getfixturevalue(each)) for each in names]
    assert cli.main([verb, *files, "-o", str(tmp_path / "out.png"), "--device", "openvino"]) == 3
    assert capsys.readouterr().err == "cleanplate: openvino is not installed; run: pip install 'cleanplate[openvino]'\n"
    assert not list(tmp_path.glob("out*"))


def test_the_automatic_device_and_the_cpu_give_the_same_bytes(tmp_path, cutout, plate):
    if devices.installed(Device.cuda):
        pytest.skip("here the automatic choice is CUDA")
    for each in ("auto", "cpu"):
        assert cli.main(["compose", str(cutout), str(plate), "-o", str(tmp_path / f"{each}.png"), "-q", "--device", each]) == 0
    assert (tmp_path / "auto.png").read_bytes() == (tmp_path / "cpu.png").read_bytes()


def at_home(home: Path, program: str, *before: str) -> None:
    """Run a program in a fresh Python whose user has an empty home and has asked for nothing."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ORT_", "XDG_"))}
    environment = kept | {"HOME": str(home), "PYTHONPATH": str(Path(cleanplate.__file__).parents[1])}
    subprocess.run([*before, sys.executable, "-c", program], check=True, env=environment, timeout=120)


@pytest.mark.skipif(os.name != "posix", reason="the home is told by HOME there")
def test_nothing_is_kept_in_the_user_s_home(tmp_path, cutout, plate):
    at_home(tmp_path / "home", f"""if True:
        import cleanplate
        cleanplate.compose({str(cutout)!r}, {str(plate)!r}).save({str(tmp_path / "out.png")!r})
        from cleanplate.models import graphs
        graphs.graph("modnet")
    """)
    assert (tmp_path / "out.png").exists()
    assert not (tmp_path / "home").exists()


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_no_socket_is_opened_even_by_a_process_that_stays(tmp_path, cutout, plate):
    log = tmp_path / "calls"
    at_home(tmp_path / "home", f"""if True:
        import time
        from cleanplate import cli
        assert cli.main(["compose", {str(cutout)!r}, {str(plate)!r}, "-o", {str(tmp_path / "out.png")!r}]) == 0
        time.sleep(11)  # after 9 seconds onnxruntime's telemetry would look up its collector
    """, "strace", "-f", "-e", "trace=network", "-o", str(log))
    assert (tmp_path / "out.png").exists()
    assert [line for line in log.read_text().splitlines() if "socket(" in line or "connect(" in line] == []
