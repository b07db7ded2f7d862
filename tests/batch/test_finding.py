import pytest
from discs import draw

from cleanplate import InputError
from cleanplate.batch import finding


def names(*given, without=None):
    return [each.name for each in finding.found([str(each) for each in given], without)[0]]


def test_a_folder_gives_all_pictures_and_films_below_it_with_their_place(tmp_path):
    draw(tmp_path, "b.png", "a.png", "sub/a.png", ".hidden/a.png", ".a.png")
    (tmp_path / "sub" / "talk.mp4").touch()
    assert names(tmp_path) == ["a.png", "b.png", "sub/a.png", "sub/talk.mp4"]


def test_what_is_left_out_is_said(tmp_path):
    draw(tmp_path, "a.png")
    for name in ("notes.txt", "Thumbs.db"):
        (tmp_path / name).touch()
    files, said = finding.found([str(tmp_path)])
    assert [each.name for each in files] == ["a.png"]
    assert said == [f"{tmp_path}: left out, for they have no suffix of a picture or film: Thumbs.db and 1 more."]


def test_a_file_is_taken_whatever_its_suffix(tmp_path):
    (tmp_path / "portrait").touch()
    assert names(tmp_path / "portrait") == ["portrait"]


def test_a_pattern_keeps_the_tree_below_its_first_star(tmp_path):
    draw(tmp_path, "x/1/a.png", "x/2/b.png", "x/c.png", "y.png")
    assert names(tmp_path / "x" / "**" / "*.png") == ["1/a.png", "2/b.png", "c.png"]
    assert names(tmp_path / "x" / "*" / "a*.png") == ["1/a.png"]


def test_results_that_lie_below_are_not_people(tmp_path):
    draw(tmp_path, "a.png", "out/a.png")
    assert names(tmp_path, without=str(tmp_path / "out")) == ["a.png"]


def test_the_folder_of_the_results_itself_is_refused(tmp_path):
    draw(tmp_path, "a.png")
    with pytest.raises(InputError, match="take the results too"):
        names(tmp_path, without=f"{tmp_path}/.")


def test_a_file_named_twice_is_taken_once(tmp_path):
    draw(tmp_path, "a.png", "b.png")
    assert names(tmp_path / "b.png", tmp_path) == ["b.png", "a.png"]


@pytest.mark.parametrize("given", ["nobody.jpg", "empty", "empty/*.jpg"])
def test_a_name_that_stands_for_nothing_is_refused(tmp_path, given):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="give a file, a folder"):
        names(tmp_path / given)
