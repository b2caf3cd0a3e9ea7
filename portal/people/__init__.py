"""The frame's pages about people: set-up, invitations, teams, site settings."""
