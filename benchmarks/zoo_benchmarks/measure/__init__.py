"""Measures cells: a model in a format, a precision and a runtime, each in a process of its own."""
