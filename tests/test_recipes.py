import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cleanplate import InputError, Placement, Settings, recipes
from cleanplate.recipes import Recipe
from cleanplate.settings import FITS, KEPT, WEIGHTS

share = some.floats(0, 1)
RECIPES = some.builds(
    Recipe,
    some.builds(Placement, some.none() | some.floats(0.01, 10), some.none() | some.floats(-10, 10), fit=some.sampled_from(FITS)),
    some.builds(
        Settings, some.floats(0, 1.5), some.booleans(), some.booleans(), some.sampled_from(KEPT), share, share,
        light=some.none() | some.floats(-360, 360), defocus=some.floats(0, 10), aperture=some.floats(0, 50),
        grain=share, soften=share, clean_hair=share,
        exposure=some.floats(-3, 3), warmth=some.floats(-1, 1), edge=some.floats(-1, 1),
    ),
    some.none() | some.tuples(some.integers(1, 9000), some.integers(1, 9000)),
    some.sampled_from(WEIGHTS),
)  # fmt: skip


@given(RECIPES, some.booleans())
def test_a_recipe_comes_back_from_its_fields_as_json_and_as_text(recipe: Recipe, everything: bool) -> None:
    told = recipes.to_fields(recipe, all_fields=everything)
    assert recipes.from_fields(json.loads(json.dumps(told))) == recipe
    cells = {name: "" if value is None else str(value) for name, value in told.items()}
    assert recipes.from_fields(cells) == recipe


def test_fields_left_empty_are_as_without_asking() -> None:
    assert recipes.from_fields({"x": "", "shadow": " ", "light": None}) == Recipe()
    assert recipes.to_fields(Recipe()) == {}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"strenght": 1}, "no field strenght"),
        ({"strength": "much"}, "`strength` is a number; much"),
        ({"strength": True}, "`strength` is a number; true"),
        ({"strength": [1]}, "`strength` is a number"),
        ({"shadow": "1.5"}, "`shadow` lies between 0 and 1"),
        ({"shadow": "nan"}, "`shadow` lies between"),
        ({"blend": "perhaps"}, "`blend` is true or false; perhaps"),
        ({"blend": 2}, "`blend` is true or false; 2"),
        ({"keep": "none"}, "nobody none"),
        ({"fit": 3}, "no fit 3"),
        ({"weights": "slow"}, "no set of weights slow"),
        ({"size": "big"}, "big is no size"),
        ({"size": [10, 20]}, "is no size"),
        ({"size": "99999x99999"}, "million pixels"),
        ({"size": "70000x10"}, "pixels on a side"),
    ],
)
def test_a_field_that_cannot_be_is_one_sentence(fields: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        recipes.from_fields(fields)
    assert "\n" not in str(caught.value)


def test_the_schema_takes_what_is_taken_and_refuses_what_is_refused() -> None:
    told = recipes.schema()["properties"]
    assert set(told) == set(recipes.NAMES)
    for name, facts in told.items():
        assert facts["description"].endswith(".")
        recipes.from_fields({name: facts["default"]})
        if "maximum" not in facts:
            continue
        low = facts.get("minimum", facts.get("exclusiveMinimum"))
        for inside in (facts["maximum"], low if "minimum" in facts else low + 1e-6):
            recipes.from_fields({name: inside})
        below = math.nextafter(low, -math.inf) if "minimum" in facts else low
        for outside in (math.nextafter(facts["maximum"], math.inf), below):
            with pytest.raises(InputError):
                recipes.from_fields({name: outside})
