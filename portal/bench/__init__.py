"""Benches and the soak: figures of the running portal against goals that were set beforehand."""
