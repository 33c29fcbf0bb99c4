"""What came of the decisions, told back to the tables that the next training reads?"""
