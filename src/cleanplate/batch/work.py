"""What one worker does: items in, outcomes out, in three steps that overlap: read | compose | encode and write."""

import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple, cast

from cleanplate import storage, video_job
from cleanplate.batch import cutout_cache, records
from cleanplate.batch.claims import Claims
from cleanplate.batch.items import Item, Job, Outcome, refused
from cleanplate.batch.reading import Read, Reader, opened, pictures
from cleanplate.batch.writing import Result, deliver
from cleanplate.compositor import Compositor
from cleanplate.errors import CleanplateError, MemoryShort, is_memory_short
from cleanplate.film.pipeline import ahead
from cleanplate.values import Cutout


class Made(NamedTuple):
    """A result that is still to be written."""

    read: Read
    result: Result


class Worker:
    """Does items one after the other, and never more than three at a time: one is read, one composed, one written.

    Args:
        owner: name of the batch, for claims.
        scratch: a folder of its own, for films until they are whole; made when there is one.
        alive: called while a film is made, which takes long.
    """

    def __init__(self, job: Job, owner: str = "", scratch: str | None = None, alive: Callable[[], None] = lambda: None) -> None:
        self.job, self.scratch, self.alive, self.reader = job, scratch, alive, Reader(job)
        self.claims = Claims(job, owner) if job.claim else None
        self.kept = cutout_cache.Kept(
            job.cutouts or f"{scratch or tempfile.gettempdir()}/cutouts", job.cache if job.cutouts or scratch else 0
        )
        self.writing = threading.Lock()  # held while a result is written
        self._compositors: dict[str, Compositor] = {}
        self._latest: tuple[str, Cutout | CleanplateError] | None = None  # the cutout that was made last, or what stood against it

    def compositor(self, weights: str) -> Compositor:
        """The compositor of a set of weights, with its networks loaded.

        Raises:
            SetupError: they cannot be had here.
        """
        if weights not in self._compositors:
            made = Compositor(device=self.job.device, weights=weights)  # type: ignore[arg-type]
            _ = made.harmonizer, made.blender
            self._compositors[weights] = made
        return self._compositors[weights]

    def run(self, items: Iterable[Item]) -> Iterator[Outcome]:
        """The outcome of each item, in order."""
        read = ahead((attempt(self.read, each, each) for each in items), 1)
        made = ahead((attempt(self.make, each.item, each) if isinstance(each, Read) else each for each in read), 1)
        for each in made:
            outcome = attempt(self.deliver, each.read.item, each) if isinstance(each, Made) else each
            if self.claims is not None and outcome.status != "elsewhere":
                self.claims.give_back(outcome.out)
            yield outcome

    def read(self, item: Item) -> Read | Outcome:
        """What an item needs of files; its outcome where that is known already."""
        if self.claims is not None:
            if not self.claims.take(item.out):
                return refused(item, "elsewhere", "another batch is at it")
            if (before := records.done(item, self.job)) is not None:
                return before
        return self.reader.read(item)

    def make(self, read: Read) -> Made:
        """The composite, or the film."""
        begin = time.perf_counter()
        made = self._film(read) if read.plate is None else self._picture(read)
        return Made(read, made._replace(seconds=read.seconds + time.perf_counter() - begin))

    def deliver(self, made: Made) -> Outcome:
        with self.writing:
            return deliver(self.job, made.read, made.result)

    # ---- pictures ------------------------------------------------------------------------------------------------

    def _picture(self, read: Read) -> Result:
        recipe = read.item.recipe
        plate = cast(Any, read.plate)
        composite = self.compositor(recipe.weights).compose(self._cutout(read), plate, recipe.placement, recipe.settings)
        return Result(composite=composite, warnings=composite.warnings)

    def _cutout(self, read: Read) -> Cutout:
        """The person cut out: the one of the item before, one that was kept, or made."""
        if self._latest is None or self._latest[0] != read.cutout:
            try:
                found: Cutout | CleanplateError = self._kept_or_made(read)
            except CleanplateError as error:
                found = error
            self._latest = read.cutout, found
        if isinstance(self._latest[1], CleanplateError):
            raise self._latest[1]
        return self._latest[1]

    def _kept_or_made(self, read: Read) -> Cutout:
        held = self.kept.find(read.cutout)
        if held is not None:
            return held
        made = self._made(read)
        if read.item.kept:
            self.kept.put(read.cutout, made)
        return made

    def _made(self, read: Read) -> Cutout:
        item, settings = read.item, read.item.recipe.settings
        compositor = self.compositor(item.recipe.weights)
        held = read.pictures or pictures(item, {})  # the one before, with the same cutout, came to nothing
        given = {name: opened(data, item.inputs[name]) for name, data in held.items()}
        cutout = compositor.cutout(given.pop("person"), **given, keep=settings.keep)
        return compositor.clean(cutout, settings.clean_hair) if settings.blend else cutout

    # ---- films ---------------------------------------------------------------------------------------------------

    def _film(self, read: Read) -> Result:
        """A film, written whole to the scratch folder."""
        item, recipe = read.item, read.item.recipe
        folder = self.scratch or tempfile.mkdtemp()
        target = f"{folder}/{records.sha256(item.out.encode())[:16]}{item.suffix}"
        with ExitStack() as held:
            local = {name: held.enter_context(storage.place(each).local(each)) for name, each in item.inputs.items()}
            done = video_job.compose(
                local["person"], local["plate"], target, alpha=local.get("alpha"), placement=recipe.placement,
                settings=recipe.settings, compositor=self.compositor(recipe.weights),
                options=video_job.Options(size=recipe.size, overwrite=True, **self.job.film), progress=lambda _: self.alive(),
            )  # fmt: skip
        return Result(film=target, frames=done.frames, warnings=tuple(done.warnings))


def attempt(step: Callable[[Any], Any], item: Item, given: Any) -> Any:
    """What a step gives, or the outcome of an item whose turn ended there."""
    try:
        return step(given)
    except CleanplateError as error:
        return refused(item, "failed", str(error), again=isinstance(error, MemoryShort))
    except Exception as error:
        if is_memory_short(error):
            return refused(item, "failed", str(MemoryShort()), again=True)
        raise
