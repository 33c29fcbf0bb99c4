"""How is it doing, and how does one see that without seeing anybody's data?"""
