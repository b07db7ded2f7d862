"""What goes wrong -> what is answered: RFC 9457's problem details, with the library's own sentence."""

import http
from typing import Any

from cleanplate.errors import CleanplateError, InputError, MemoryShort, NoPersonError, PhotoError, SetupError, VideoError

FORMS = {"empty", "format", "no-video"}  # reasons that say: not a picture, or not a film
LARGE = {"too-large"}


class Refused(Exception):
    """A request that is answered with a problem.

    Args:
        status: HTTP's.
        reason: a short word for programs.
        detail: one sentence.
        retry: seconds after which it may be tried again.
    """

    def __init__(self, status: int, reason: str, detail: str, retry: int | None = None) -> None:
        super().__init__(detail)
        self.status, self.reason, self.detail, self.retry = status, reason, detail, retry

    @property
    def problem(self) -> dict[str, Any]:
        """The answer's body."""
        return {
            "type": "about:blank", "title": http.HTTPStatus(self.status).phrase, "status": self.status, "reason": self.reason,
            "detail": self.detail,
        }  # fmt: skip

    @property
    def headers(self) -> dict[str, str]:
        return {} if self.retry is None else {"Retry-After": str(self.retry)}


def refusal(error: CleanplateError) -> Refused:
    """The library's own error as an answer.

    >>> refusal(PhotoError("It is empty.", "empty")).status, refusal(NoPersonError("Nobody.")).reason
    (415, 'no-person')
    """
    detail = str(error)
    if isinstance(error, PhotoError | VideoError):
        status = 415 if error.reason in FORMS else 413 if error.reason in LARGE else 422
        return Refused(status, error.reason, detail)
    if isinstance(error, NoPersonError):
        return Refused(422, "no-person", detail)
    if isinstance(error, MemoryShort):
        return Refused(413, "memory", detail)
    if isinstance(error, SetupError):
        return Refused(501, "setup", detail)
    return Refused(422 if isinstance(error, InputError) else 400, "input", detail)


def busy(seconds: int = 1) -> Refused:
    return Refused(503, "busy", "More is waiting here than can be worked off: try again later.", retry=seconds)


def gone(what: str) -> Refused:
    return Refused(404, "gone", f"There is no such {what} here, or not any more: send it again.")
