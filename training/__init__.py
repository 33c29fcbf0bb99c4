"""How do we learn from what happened?"""
