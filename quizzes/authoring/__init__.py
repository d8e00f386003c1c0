"""The question editor without its pages: what was typed, what is wrong with it, what changed."""
