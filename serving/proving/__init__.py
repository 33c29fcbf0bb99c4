"""Why was it decided, and can that be shown? Explained, replayed, signed and audited."""
