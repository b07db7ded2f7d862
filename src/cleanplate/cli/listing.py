"""The commands that list what there is: devices, and weights."""

import dataclasses
import json
from typing import Annotated

import typer

from cleanplate.cli.streams import printing
from cleanplate.errors import DeviceError, MissingExtra
from cleanplate.models import graphs
from cleanplate.models.devices import Device

WORKS = "works"


def devices() -> None:
    """List what the networks can run on here.

    Of each device whether it works, or the reason and what to install. `auto` is what is taken when none is asked for.
    """
    found: dict[Device, str] = {device: state(device) for device in Device if device is not Device.auto}
    found[Device.auto] = f"takes {Device.cuda if found[Device.cuda] == WORKS else Device.cpu}"
    with printing():
        for device in Device:
            print(f"{device:<10}{found[device]}")


def state(device: Device) -> str:
    """Whether the smallest graph loads on a device, or why not."""
    try:
        graphs.graph("harmonize-fast-cues", device)
    except (DeviceError, MissingExtra) as error:
        return str(error)
    return WORKS


def models(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """List the weight files.

    What each is for, its license, source, training data, sha256, size and measured quality.
    """
    listed = {name: dataclasses.asdict(model) | {"bytes": model.bytes} for name, model in graphs.catalogue().items()}
    with printing():
        if as_json:
            print(json.dumps(listed, indent=2))
        for name, facts in {} if as_json else listed.items():
            print(name)
            print(*(f"  {fact:<12}{value}\n" for fact, value in facts.items() if value and fact != "name"), sep="", end="")
