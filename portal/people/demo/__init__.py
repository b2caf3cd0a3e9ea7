"""The demo: a made-up team with something to read and something to do, marked, and removable as a whole."""
