"""Which engine does the items: processes of this machine, or a Ray cluster."""

from collections.abc import Sequence
from typing import NamedTuple

from cleanplate import storage
from cleanplate.batch import job
from cleanplate.batch.items import Item, Job
from cleanplate.batch.local import Engine, Local
from cleanplate.errors import MissingExtra

ENGINES = ("local", "ray")


class Choice(NamedTuple):
    """What was asked for.

    Args:
        workers: processes of this machine.
        timeout: seconds without a sign of life until an item is given up.
        address: of the Ray cluster; None starts one here.
    """

    name: str = "local"
    workers: int = 1
    timeout: float = 300.0
    address: str | None = None


def engine(common: Job, items: Sequence[Item], choice: Choice) -> Engine:
    """The engine for these items.

    Raises:
        MissingExtra: films need PyAV, Ray is not installed.
    """
    if any(each.is_film for each in items):
        check_films()
    weights = tuple(sorted({each.recipe.weights for each in items if needs_networks(each)}))
    if choice.name == "ray":
        from cleanplate.batch import on_ray

        return on_ray.Ray(common, choice.workers, choice.timeout, choice.address)
    return Local(common, job.new_owner(), choice.workers, choice.timeout, weights)


def needs_networks(item: Item) -> bool:
    """Whether an item asks a network of a set of weights."""
    return item.recipe.settings.blend or item.recipe.settings.recolors


def check_films() -> None:
    try:
        import av  # noqa: F401 - whether it is there
    except ImportError as error:
        raise MissingExtra("av", "video") from error


def cutouts_of(out: str) -> str:
    """The folder of cutouts that are kept for the next batch of the same folder; of a URL they go with the batch."""
    return "" if storage.is_url(out) else storage.joined(out, f"{storage.STATE}/cutouts")
