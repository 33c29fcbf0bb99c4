"""What is known of a person, who may see it, and how does it go away? Identifying, showing, erasing, reviewing."""
