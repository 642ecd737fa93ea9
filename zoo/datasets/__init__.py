"""Labelled images: MNIST, scikit-learn's digits, folders of pictures, and what plugins add."""
