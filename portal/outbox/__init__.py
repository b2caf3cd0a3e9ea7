"""Every message that leaves the site: what is due, how it is sent, and the account of it."""
