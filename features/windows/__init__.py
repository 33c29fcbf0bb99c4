"""What had happened by a moment? One file per view: the entries of the catalogue (YAML) and the SQL that computes them.

Reading order: ``facts`` (the tables, cut to some customers), ``standing`` (what each invoice still owed at each
moment), then the five views. Every step is one ``SELECT``; amounts and days stay whole numbers until the last
division, so the order of the input rows cannot show.
"""

from features.windows import (
    contract_arrears,
    contract_payments,
    customer_contacts,
    customer_context,
    customer_promises,
    facts,
    standing,
)

Step = tuple[str, str]

MOMENTS = f"""
SELECT m, t, today, day_start,
       {", ".join(f"t - INTERVAL {days} DAY AS days_ago_{days}" for days in (7, 30, 90, 365))},
       {", ".join(f"(today - INTERVAL {months} MONTH)::DATE AS months_ago_{months}" for months in (3, 6, 12))}
FROM moments_now
"""
"""The moments at hand and where their windows begin; a row falls into a window when it is later than that."""

FACTS: tuple[Step, ...] = (*facts.STEPS, *standing.FACTS)
"""Computed once for a group of customers."""

STEPS: tuple[Step, ...] = (
    *standing.STEPS,
    *contract_arrears.STEPS,
    *contract_payments.STEPS,
    *customer_contacts.STEPS,
    *customer_promises.STEPS,
    *customer_context.STEPS,
)
"""Computed for each run of moments, in this order; a step named like a view is that view."""
