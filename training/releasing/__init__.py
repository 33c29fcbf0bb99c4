"""How do models become a release, and a release the champion?"""
