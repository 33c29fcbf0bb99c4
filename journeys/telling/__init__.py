"""How is a decision, or a journey, told to people?"""
