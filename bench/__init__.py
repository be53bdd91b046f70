"""Benchmarks: never part of the product, run by hand through ``make bench``."""
