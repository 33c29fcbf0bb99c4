"""What happens when a part is away, slow, late or wrong? Less is answered, never something wrong, and it is told."""
