"""Who may do what? Roles, keys and tokens; whoever is not named may do nothing."""
