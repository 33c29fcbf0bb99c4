"""How is a model taught from its cases: searched, fitted, calibrated, sealed?"""
