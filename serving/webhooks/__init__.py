"""Who outside is told of what happens here, and how do they know that it was us?"""
