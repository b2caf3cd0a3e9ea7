"""Nothing of a private post-mortem reaches anybody who is not named in it."""
