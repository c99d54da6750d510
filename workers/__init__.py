"""Queue runtime: how a row that is due meets a process that works it off."""
