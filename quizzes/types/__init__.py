"""Question types: pure modules that read, mark and show one kind of question each."""
