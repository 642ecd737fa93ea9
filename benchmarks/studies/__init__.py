"""The commands that made the committed figures: ``python -m studies.NAME``, in the folder ``benchmarks``."""
