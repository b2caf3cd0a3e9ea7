"""Who is here: people, teams, memberships, invitations, the site and the audit trail."""
