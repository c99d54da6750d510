"""Errors that tell the worker what to do: try again, put aside for a person, or stop."""


class BursarError(Exception):
    """Something Bursar understands went wrong."""

    def __init__(self, message: str | None = None, **ids: object) -> None:
        self.ids = ids
        super().__init__(message or (self.__doc__ or "").strip().splitlines()[0])


class Transient(BursarError):
    """The world was not ready; the same work may succeed later without any change."""


class Refused(BursarError):
    """The input can never succeed as it is; it is recorded for an operator and not repeated."""


class Broken(BursarError):
    """One of our own invariants is false: stop this unit of work and alert, never repeat blindly."""


class Misconfigured(BursarError):
    """A setting is missing or wrong; the message names the variable and the cure."""


def invariant(condition: bool, why: str, **ids: object) -> None:
    """Refuse to go on when what must be true is not. Unlike `assert` it survives `python -O`."""
    if not condition:
        raise Broken(why, **ids)
