"""How does a customer become a logged decision, one or a whole book?"""
