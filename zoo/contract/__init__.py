"""What hooks take and plugins give: dataclasses and abstract classes that cost nothing to import."""
