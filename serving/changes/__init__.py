"""May this change go live? Asked for, checked, tried on the current customers, approved by another, and undone."""
