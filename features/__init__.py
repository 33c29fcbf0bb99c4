"""What do we know about this customer, as of a moment?"""
