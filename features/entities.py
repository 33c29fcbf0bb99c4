"""Whom a feature speaks of, for Feast: a customer or a contract."""

from feast import Entity, ValueType

customer = Entity(
    name="customer", join_keys=["customer_id"], value_type=ValueType.STRING, description="The obligor, pseudonymous."
)
contract = Entity(
    name="contract", join_keys=["contract_id"], value_type=ValueType.STRING, description="One obligation of a customer."
)
BY_NAME = {"customer": customer, "contract": contract}
