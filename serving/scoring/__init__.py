"""What is predicted of each customer, and by which release?"""
