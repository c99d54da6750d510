"""What each kind of mail needs to know. Values only: no wording, no sending."""
