"""examples/cluster: the files name options that there are, parts that make a whole, and no rights that are not needed."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cleanplate import cli

CLUSTER = Path(__file__).parents[2] / "examples" / "cluster"
COMMAND = re.compile(r"cleanplate batch .*?(?=\n *(?:env|envFrom|esac|- |\Z)|\Z)", re.S)


def text(name: str) -> str:
    return (CLUSTER / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["slurm.sbatch", "kubernetes.yaml", "ci-matrix.yml"])
def test_options_in_the_examples_are_those_of_the_command(name, capsys):
    cli.main(["batch", "--help"])
    known = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    commands = COMMAND.findall(re.sub(r"^#.*$", "", text(name), flags=re.M))
    assert commands
    used = {option for each in commands for option in re.findall(r"(?<=\s)--[a-z-]+", each)}
    assert "--shard" in used
    assert used <= known


def loaded(name: str) -> Any:
    return pytest.importorskip("yaml", reason="needs PyYAML, which moto brings").safe_load(text(name))


def test_the_indexed_job_has_as_many_parts_as_indices_and_few_rights():
    spec = loaded("kubernetes.yaml")["spec"]
    pod = spec["template"]["spec"]
    (container,) = pod["containers"]
    assert f"+ 1))/{spec['completions']}" in container["args"][0]
    assert pod["securityContext"]["runAsNonRoot"] is True
    rights = container["securityContext"]
    assert (rights["readOnlyRootFilesystem"], rights["allowPrivilegeEscalation"], rights["capabilities"]) == (
        True,
        False,
        {"drop": ["ALL"]},
    )
    assert {each["name"] for each in container["volumeMounts"]} == {each["name"] for each in pod["volumes"]}


def test_the_matrix_has_every_part_once():
    job = loaded("ci-matrix.yml")["jobs"]["batch"]
    shards = job["strategy"]["matrix"]["shard"]
    assert shards == list(range(1, len(shards) + 1))
    assert any(f"}}}}/{len(shards)}" in str(step.get("run")) for step in job["steps"])


def test_the_image_runs_as_a_user_without_rights_and_looks_after_itself():
    lines = text("Dockerfile")
    final = lines[lines.rindex("\nFROM ") :]
    assert re.search(r"^USER 10001:10001$", final, re.M)
    assert "HEALTHCHECK" in final
    assert "pip install" not in final
    check = re.search(r'CMD \["python", "-c", "(.*)"\]', final)
    assert check
    exec(check[1], {})  # noqa: S102 - what the image runs


@pytest.mark.parametrize(("program", "name"), [("hadolint", "Dockerfile"), ("shellcheck", "slurm.sbatch")])
def test_linters_have_nothing_to_say(program, name):
    found = shutil.which(program, path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if found is None:
        pytest.skip(f"needs {program}")
    done = subprocess.run([found, CLUSTER / name], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
