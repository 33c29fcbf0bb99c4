"""How does a program ask Regua? A thin client: a key to each request, patience where it helps, signatures checked.

>>> from regua.client import Client
>>> client = Client("http://127.0.0.1:8000", key="rg_test_0000")
>>> client.close()
"""

from regua.client.client import Client
from regua.client.problem import Problem
from regua.client.signatures import SignatureError, verified

__all__ = ["Client", "Problem", "SignatureError", "verified"]
