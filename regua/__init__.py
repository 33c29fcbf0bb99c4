"""What are the words, and where is the door? The vocabulary every room speaks, and the command line."""

__version__ = "0.1.0"
