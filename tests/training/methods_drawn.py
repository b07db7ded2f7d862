"""Methods whose answer is known beforehand, and subjects they are tried on."""

import pytest

torch = pytest.importorskip("torch")

from cleanplate.training.experiments import methods  # noqa: E402
from cleanplate.training.experiments.methods import Method  # noqa: E402
from cleanplate.training.networks import harmonizers  # noqa: E402

SIDE = (64, 64)


def lively(**switches: str) -> harmonizers.FastHarmonizer:
    torch.manual_seed(0)
    network = harmonizers.FastHarmonizer((4, 6, 8, 10, 12), 4, **switches)  # type: ignore[arg-type]
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.05)
    return network.eval()


def every_method() -> dict[str, Method]:
    found = {name: seeds[0] for name, seeds in methods.classical().items()}
    switched = {"complete": {}, "visible": {"cues": "visible"}, "none": {"cues": "none"}, "rain": {"normalization": "rain"}}
    for name, switches in switched.items():
        found[f"net-{name}"] = methods.trained(lively(**switches), 64)
    return found | {"shipped": methods.shipped()}


METHODS = every_method()
