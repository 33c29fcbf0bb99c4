"""What if we knew the truth? A simulated Brazilian book whose hidden causes can be asked, for evaluation only."""
