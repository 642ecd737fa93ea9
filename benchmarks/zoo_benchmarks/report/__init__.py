"""What a run says: its table, summary, plots, page and comparison."""
