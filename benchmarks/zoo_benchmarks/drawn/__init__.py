"""How many drawn digits a model reads, by people that it never saw."""
