"""Trained models on disk: what a pack holds, where packs are found, and how one is written whole or not at all."""
