"""How does an integrator try it all before anybody is contacted? By a clock to set, and customers that play parts."""
