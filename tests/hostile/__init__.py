"""Text that wants to be a program: a grammar of it, and the real pages it is put on."""
