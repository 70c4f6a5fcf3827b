"""The rules of a hunt: pure functions and frozen types, without clock, randomness or I/O."""
