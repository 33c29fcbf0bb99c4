"""How do decisions reach the world?"""
