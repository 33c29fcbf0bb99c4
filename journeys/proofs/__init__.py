"""Is the book sound? Everything is read, proved and rehearsed before it goes live."""
