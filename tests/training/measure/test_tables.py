import numpy as np
import pytest

from cleanplate.training.measure import tables
from cleanplate.training.measure.tables import Collection


def test_the_interval_is_about_two_standard_errors_wide_and_holds_the_mean() -> None:
    values = np.random.default_rng(1).normal(10, 2, (400, 1))
    low, high = tables.bootstrap(values)
    error = values.std() / 400**0.5
    assert low[0] == pytest.approx(values.mean() - 1.96 * error, abs=0.25 * error)
    assert high[0] == pytest.approx(values.mean() + 1.96 * error, abs=0.25 * error)


def test_the_interval_agrees_with_resampling_one_by_one() -> None:
    values = np.random.default_rng(2).gamma(1, 100, (30, 1))
    rng = np.random.default_rng(3)
    slow = np.percentile([values[rng.integers(30, size=30)].mean() for _ in range(4000)], (2.5, 97.5))
    np.testing.assert_allclose(np.array(tables.bootstrap(values)).ravel(), slow, rtol=0.06)


def test_the_same_rows_give_the_same_interval_and_another_seed_another() -> None:
    values = np.random.default_rng(4).normal(0, 1, (20, 2))
    np.testing.assert_array_equal(tables.bootstrap(values), tables.bootstrap(values))
    assert not np.array_equal(tables.bootstrap(values), tables.bootstrap(values, seed=1))


def test_the_share_made_worse_is_a_mean_like_every_other() -> None:
    found = Collection()
    for worse in (0.0, 1.0, 0.0, 0.0):
        found.add("portraits", "ours", {"worse_share": worse})
    row = found.means()["portraits"]["ours"]
    assert (row["worse_share"], row["n"]) == (0.25, 4)
    assert row["interval"]["worse_share"][0] == 0.0


def toned(counts: dict[str, int], values: dict[str, float]) -> Collection:
    found = Collection()
    for tone, count in counts.items():
        for _ in range(count):
            found.add("portraits", "ours", {"fmse": values[tone]}, tone=tone)
    return found


def test_a_bin_has_the_mean_of_its_own_pictures_and_the_worst_is_set_against_the_mean_of_all() -> None:
    found = toned({"light": 10, "dark": 10}, {"light": 1.0, "dark": 3.0}).binned("tone", "fmse", 8)["portraits"]
    assert found["bins"] == {"light": {"n": 10, "ours": 1.0}, "dark": {"n": 10, "ours": 3.0}}
    assert found["worst_over_mean"] == {"ours": 1.5}
    assert found["unknown"] == 0


def test_a_small_bin_joins_its_smaller_neighbor_and_says_so() -> None:
    found = toned({"light": 20, "intermediate": 3, "tan": 9}, {"light": 1.0, "intermediate": 2.0, "tan": 4.0})
    bins = found.binned("tone", "fmse", 8)["portraits"]["bins"]
    assert bins == {"light": {"n": 20, "ours": 1.0}, "intermediate + tan": {"n": 12, "ours": pytest.approx((3 * 2 + 9 * 4) / 12)}}


def test_everything_is_one_bin_where_all_are_few() -> None:
    assert set(tables.merged({"light": 2, "tan": 3, "dark": 1}, ("light", "tan", "dark")).values()) == {"light + tan + dark"}


def test_pictures_of_unknown_bin_are_counted_and_left_out() -> None:
    found = toned({"light": 8, "": 5}, {"light": 1.0, "": 100.0}).binned("tone", "fmse", 8)["portraits"]
    assert found["unknown"] == 5
    assert found["worst_over_mean"] == {"ours": 1.0}


def test_a_set_of_which_nothing_is_known_has_no_bins() -> None:
    assert toned({"": 3}, {"": 1.0}).binned("tone", "fmse") == {}


def test_the_table_shows_every_method_of_every_set_with_its_count() -> None:
    result = {"harmonize": {"portraits-x": {"none": {"mse": 12.3456, "n": 7}, "ours": {"mse": 1.5, "n": 7}}}}
    assert tables.table(result).splitlines() == [
        "### harmonize: portraits-x (7 pictures)", "", "| method | mse |", "|---|---:|", "| none | 12.35 |", "| ours | 1.5 |",
    ]  # fmt: skip


def test_bins_are_shown_from_two_on_with_the_worst_over_the_mean() -> None:
    one = {"bins": {"tan": {"n": 9, "ours": 2.0}}, "worst_over_mean": {"ours": 1.0}, "metric": "fmse", "unknown": 0}
    two = {"bins": {"tan": {"n": 9, "ours": 2.0}, "dark": {"n": 9, "ours": 4.0}}, "worst_over_mean": {"ours": 4 / 3},
           "metric": "fmse", "unknown": 3}  # fmt: skip
    assert tables.table({"by_skin_tone": {"portraits-x": one, "portraits-y": two}}).splitlines() == [
        "### portraits-y: fmse by skin tone, 3 pictures of unknown bin left out", "", "| bin | n | ours |", "|---|---:|---:|",
        "| tan | 9 | 2 |", "| dark | 9 | 4 |", "| worst / mean |  | 1.33 |",
    ]  # fmt: skip
