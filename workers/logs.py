"""JSON logs on stderr in which no secret, card number or mail address survives."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

MASK = "[masked]"
_SECRET = re.compile(r"\b(?:whsec_|sk_(?:live|test)_|rk_(?:live|test)_|rzp_(?:live|test)_)[\w-]+")
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+(?=@)")
_EMAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_CARD = re.compile(r"(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])")
_SECRET_FIELDS = re.compile(r"secret|password|token|authorization|signature|api_key", re.IGNORECASE)
_HARMLESS_FIELDS = frozenset({"claim_token"})
"""Lease tokens name work, they open nothing."""


def configure_logging(level: str = "INFO") -> None:
    """One JSON object a line, from structlog and from the standard library alike."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                mask,
                structlog.processors.JSONRenderer(default=str),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)


def mask(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:  # noqa: ARG001
    """The last processor but one: whatever came into the line by mistake does not leave it."""
    return {name: _masked_field(name, value) for name, value in event.items()}


def masked_text(text: str) -> str:
    """A text without secrets, mail addresses and card-like digit runs."""
    text = _SECRET.sub(MASK, text)
    text = _CREDENTIALS.sub(MASK, text)
    text = _EMAIL.sub(MASK, text)
    return _CARD.sub(MASK, text)


def _masked_field(name: str, value: Any) -> Any:
    if _SECRET_FIELDS.search(name) and name not in _HARMLESS_FIELDS:
        return MASK
    return _masked(value)


def _masked(value: Any) -> Any:
    if isinstance(value, bool | float) or value is None:
        return value
    if isinstance(value, int):
        return MASK if _CARD.fullmatch(str(abs(value))) else value
    if isinstance(value, Mapping):
        return {str(name): _masked_field(str(name), each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(each) for each in value]
    return masked_text(str(value))
