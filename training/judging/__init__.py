"""Is a model good enough to go to work, for whom, and how sure may we be?"""
