"""What do we predict? Definitions and how they are measured; the weights live in a release bundle."""
