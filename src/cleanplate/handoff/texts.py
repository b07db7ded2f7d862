"""Small files of words and numbers: tables, cues, recipes. Read whole, within a bound."""

from cleanplate.errors import InputError, why
from cleanplate.files.atomic import PathName, called
from cleanplate.files.sources import open_path


def read_text(path: PathName, most: int, kind: str) -> str:
    """What a file says.

    Args:
        most: bytes that such a file has.
        kind: what it should be, for messages: "a recipe".

    Raises:
        InputError: it cannot be read, is larger, or is no text.
    """
    name = called(path)
    with open_path(path, name) as file:
        try:
            data = file.read(most + 1)
        except OSError as error:
            raise InputError(f"{name} could not be read ({why(error)}): copy it elsewhere.") from error
    if len(data) > most:
        raise InputError(f"{name} is larger than {kind} can be ({most >> 20} MB): give another file.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is no text, and {kind} is: give another file.") from error
