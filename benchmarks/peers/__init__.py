"""dj-stripe as its documentation sets it up, in an environment of its own (`--peers`)."""
