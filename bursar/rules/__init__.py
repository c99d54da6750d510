"""Judgement: pure functions over frozen values. No I/O, no clock, no ORM, no vendor words."""
