from pathlib import Path

import pytest

from cleanplate.training.measure import real_use


def test_nothing_of_the_clearly_licensed_pictures_to_train_on_is_shown(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cleanplate.training.readers import datasets

    photo = datasets.Photo("backgrounds_x/b0", "scenes", tree)
    monkeypatch.setattr(datasets, "clearly_licensed", lambda each: True)
    assert not real_use.unseen(photo, frozenset({photo.name}))
    assert real_use.unseen(photo, frozenset())
    monkeypatch.setattr(datasets, "clearly_licensed", lambda each: False)
    assert real_use.unseen(photo, frozenset({photo.name}))
