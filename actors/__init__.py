"""Cairn's actors: who owns which state, and who tells whom."""
