"""Benchmarks: ratios within one run (`make bench`); as tests they run once each."""
