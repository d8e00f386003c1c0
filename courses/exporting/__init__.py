"""Writes courses back to the catalogue's files: what differs, and nothing else."""
