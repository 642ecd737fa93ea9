"""Makes the first version of a plugin's distribution, which passes its tests."""
