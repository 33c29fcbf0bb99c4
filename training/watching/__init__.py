"""Is the champion still right about the people it is asked about today: leave it, recalibrate it, or retrain?"""
