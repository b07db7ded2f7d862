"""listing: the version, the weights and the devices."""

import json
import sys
from hashlib import sha256

from commands import run

import cleanplate
from cleanplate.models import graphs


def test_the_version_is_the_package_s_own(capsys):
    assert run("--version") == 0
    assert capsys.readouterr().out == f"cleanplate {cleanplate.__version__}\n"


def test_models_lists_every_weight_file_with_its_true_sha256(capsys):
    assert run("models", "--json") == 0
    listed = json.loads(capsys.readouterr().out)
    assert "modnet" in listed
    for facts in listed.values():
        content = graphs.read_weights(facts["file"])
        assert (facts["sha256"], facts["bytes"]) == (sha256(content).hexdigest(), len(content))
    assert run("models") == 0
    assert "Apache-2.0" in capsys.readouterr().out


def test_devices_say_whether_they_work_and_else_what_to_run(capsys, monkeypatch):
    from cleanplate.models import devices

    monkeypatch.setattr(devices, "installed", lambda device: device == "cpu")
    monkeypatch.setitem(sys.modules, "openvino", None)
    monkeypatch.setattr(graphs, "_graphs", {})
    assert run("devices") == 0
    said = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert (said["cpu"], said["auto"]) == ("works", "takes cpu")
    assert "pip uninstall -y onnxruntime && pip install onnxruntime-gpu" in said["cuda"]
    assert "pip install 'cleanplate[openvino]'" in said["openvino"]
    assert set(said) == {each.value for each in devices.Device}
