"""What may be done? Journeys, segments, messages and figures, read, compiled and named by digest."""

from journeys.book.book import HOME, Book, compile_book, digest_of, load, sources

__all__ = ["HOME", "Book", "compile_book", "digest_of", "load", "sources"]
