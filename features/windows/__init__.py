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

_MOMENTS = f"""
SELECT row_number() OVER () AS m, c, t, today, day_start,
       {", ".join(f"t - INTERVAL {days} DAY AS days_ago_{days}" for days in (1, 7, 30, 90, 180, 365))},
       {", ".join(f"(today - INTERVAL {months} MONTH)::DATE AS months_ago_{months}" for months in (3, 6, 12))}
FROM {{asked}} WHERE known <= t
"""

EVERYONE = _MOMENTS.format(asked="who CROSS JOIN moments_now")
"""Step ``moments``: every customer at every moment at hand, each pair with a number *m* of its own.

It says where the pair's windows begin; a row falls into a window when it is later than that."""

PAIRS = _MOMENTS.format(asked="pairs_now JOIN moments_now USING (t) JOIN who USING (customer_id)")
"""The same step where each customer is asked about at moments of his own."""

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
