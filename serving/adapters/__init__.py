"""How does another system's record read in our words, and our answer in theirs?"""
