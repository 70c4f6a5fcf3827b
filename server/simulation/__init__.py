"""A whole world on virtual time: the real server, its clients, and everything that goes wrong."""
