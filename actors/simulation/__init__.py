"""Virtual time and seeded order: the same actors, run as a deterministic simulation."""
