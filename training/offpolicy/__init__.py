"""What would another policy have earned on the same cases? Answered from the log, or refused with the reason."""
