"""Who may do what, written by hand once: every operation and its roles. What is not here is for nobody."""

from serving.access.roles import Role

S, A, D, C, E, U, P, M = (
    Role  # strategist, approver, data scientist, CRM, event source, auditor, privacy officer, admin
)
ANYBODY = None
PEOPLE = {S, A, D, U, P}
READERS = PEOPLE | {C}
ALL = set(Role)

PERMITTED = {
    # Contacts are decided, claimed and given back by the CRM alone.
    "POST /v1/decisions": {C},
    "POST /v1/decision-jobs": {C},
    "GET /v1/decision-jobs/{job_id}": {C},
    "GET /v1/decision-jobs/{job_id}/results": {C},
    "DELETE /v1/decision-jobs/{job_id}": {C},
    "GET /v1/permits/{permit_id}": {C, S, U, P},
    "POST /v1/permits/{permit_id}/claim": {C},
    "POST /v1/permits/{permit_id}/release": {C},
    "POST /v1/scores": {C, D},
    # What happened.
    "POST /v1/events": {C, E},
    "GET /v1/events/{source}/{event_id}": {C, U, P},
    "PUT /v1/feeds/{feed}": {C, E},
    "GET /v1/feeds": ALL - {D},
    # The log of decisions, and the proof of it.
    "GET /v1/decisions": READERS,
    "GET /v1/decisions/{decision_id}": READERS,
    "GET /v1/decisions/{decision_id}/explanation": READERS,
    "GET /v1/decisions/{decision_id}/receipt": READERS,
    "POST /v1/decisions/{decision_id}/replay": READERS,
    "GET /v1/audit-log": {A, U, P},
    "GET /v1/audit-log/checkpoints": {A, U, P},
    "POST /v1/audit-log/checkpoints": {U, P},
    "POST /v1/audit-log/verifications": {U, P},
    # Customers and their rights.
    "GET /v1/customers/{customer_id}": READERS,
    "GET /v1/customers/{customer_id}/timeline": READERS - {D},
    "GET /v1/customers/{customer_id}/contact-windows": READERS - {D},
    "PUT /v1/customers/{customer_id}/consents/{channel}": {C, P},
    "POST /v1/customers/{customer_id}/holds": {C, P},
    "DELETE /v1/customers/{customer_id}/holds/{hold_id}": {C, P},
    "GET /v1/customers/{customer_id}/export": {P},
    "POST /v1/customers/{customer_id}/erasure-requests": {P},
    "POST /v1/decisions/{decision_id}/review-requests": {C, P},
    "GET /v1/review-requests": {U, P},
    "GET /v1/review-requests/{review_id}": {C, U, P},
    "POST /v1/review-requests/{review_id}/outcome": {P},
    # What is live, and how it changes: whoever writes does not approve their own (which no role can say).
    "GET /v1/journeys": READERS | {M},
    "GET /v1/journeys/{journey}": READERS | {M},
    "GET /v1/policies": READERS | {M},
    "POST /v1/policies/evaluate": READERS | {M},
    "GET /v1/books": PEOPLE,
    "GET /v1/books/{digest}": PEOPLE,
    "GET /v1/books/{digest}/differences": PEOPLE,
    "POST /v1/books/checks": {S, A},
    "GET /v1/models": PEOPLE,
    "GET /v1/models/{release_id}": PEOPLE,
    "GET /v1/change-requests": PEOPLE,
    "GET /v1/change-requests/{change_id}": PEOPLE,
    "POST /v1/change-requests": {S, A, D},
    "PATCH /v1/change-requests/{change_id}": {S, A},
    "POST /v1/change-requests/{change_id}/trial": {S, A, D},
    "POST /v1/change-requests/{change_id}/reject": {S, A, D},
    "POST /v1/change-requests/{change_id}/approve": {A},
    "POST /v1/change-requests/{change_id}/apply": {A},
    "POST /v1/change-requests/{change_id}/rollback": {A},
    "GET /v1/kill-switches": READERS | {M},
    "POST /v1/kill-switches": {S, A, C, P, M},
    "DELETE /v1/kill-switches/{switch_id}": {S, A},
    # A sandbox's clock and customers; there are none where customers are contacted.
    "POST /v1/test-clocks": {C},
    "GET /v1/test-clocks/{clock_id}": {C},
    "POST /v1/test-clocks/{clock_id}/advance": {C},
    "POST /v1/test-customers": {C},
    "GET /v1/test-customers/{customer_id}": {C},
    # Keys and webhooks: administrators, who see no business.
    "GET /v1/api-keys": {M},
    "POST /v1/api-keys": {M},
    "GET /v1/api-keys/{key_id}": {M},
    "DELETE /v1/api-keys/{key_id}": {M},
    "POST /v1/api-keys/{key_id}/rotate": {M},
    "GET /v1/webhook-endpoints": {M},
    "POST /v1/webhook-endpoints": {M},
    "GET /v1/webhook-endpoints/{endpoint_id}": {M},
    "PATCH /v1/webhook-endpoints/{endpoint_id}": {M},
    "DELETE /v1/webhook-endpoints/{endpoint_id}": {M},
    "GET /v1/webhook-endpoints/{endpoint_id}/secrets": {M},
    "POST /v1/webhook-endpoints/{endpoint_id}/rotate": {M},
    "POST /v1/webhook-endpoints/{endpoint_id}/test": {M},
    "GET /v1/webhook-deliveries": {M},
    "GET /v1/webhook-deliveries/{delivery_id}": {M},
    "POST /v1/webhook-deliveries/{delivery_id}/redeliver": {M},
    # Everybody who is somebody, and pages without a word about anybody.
    "GET /v1/caller": ALL,
    "GET /v1/status": ALL,
    "GET /healthz": ANYBODY,
    "GET /readyz": ANYBODY,
    "GET /metrics": ANYBODY,
    "GET /v1/problems": ANYBODY,
    "GET /v1/problems/{code}": ANYBODY,
    "GET /v1/reason-codes": ANYBODY,
    "GET /v1/reason-codes/{code}": ANYBODY,
}
