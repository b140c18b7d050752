"""The figures behind `make bench`. Each `bench_*.py` here names what it measures (NAMES) and measures it (run)."""
