"""The work: post-mortems, action items and the reminders' policy."""
