"""How does a public event log become a book? One adapter a log; nothing outside its adapter knows the log."""

from features.adapters.road_fines import FinesReport, ingest_road_fines

__all__ = ["FinesReport", "ingest_road_fines"]
