"""Tests of action items and the reminders' policy."""
