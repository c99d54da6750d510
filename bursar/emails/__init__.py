"""Edge to people: compose a message, hand it to a transport."""
