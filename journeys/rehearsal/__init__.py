"""What would happen? Examples and walks through the real kernel, before anybody is contacted."""
