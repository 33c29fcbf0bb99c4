"""Whom does a treatment change, by how much, and how sure may we be? Effects from trials, and their curves."""
