"""Measures the product under load; `python -m bench` prints one line a figure."""
