"""What can go wrong with a mail, in the words the worker acts on."""

from bursar.errors import BursarError, Refused, Transient


class MailInputRefused(Refused):
    """A mail cannot be made of this value; the message names the field."""


class MailRefused(Refused):
    """The other side refused this mail for good; it is not offered again."""


class MailDeferred(Transient):
    """The mail has certainly not been accepted; offering it again later cannot make a second copy."""


class MailUnknown(BursarError):
    """The whole mail was handed over and the answer was lost: it may or may not have been accepted.

    Neither Transient nor Refused on purpose: whether a second copy may be risked is decided per kind of mail.
    """
