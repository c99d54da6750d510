"""Edge to paper: a frozen snapshot goes in, the same bytes come out every time."""
