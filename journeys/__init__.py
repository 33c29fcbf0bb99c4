"""What do we do, and what do we never do?"""
