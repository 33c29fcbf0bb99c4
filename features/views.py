"""The catalogue as Feast knows it: five feature views over the snapshots, and the service that joins them."""

from datetime import timedelta

from feast import FeatureService, FeatureView, Field, FileSource
from feast.data_format import ParquetFormat
from feast.types import Float64, String

from features import catalog, entities
from regua.settings import Settings


def feature_view(view: catalog.View, settings: Settings) -> FeatureView:
    """Describe one view of the catalogue to Feast, with its snapshots as the source.

    ``ttl`` is the longest limit of the view's features and bounds historical joins; Feast does not apply it online, so
    :mod:`features.freshness` holds every feature to its own limit there.
    """
    return FeatureView(
        name=view.name,
        entities=[entities.BY_NAME[view.entity]],
        ttl=timedelta(days=max(feature.limit_days for feature in view.features)),
        schema=[
            Field(
                name=feature.name,
                dtype=String if feature.kind == "text" else Float64,
                description=feature.meaning["en"],
                tags={
                    "kind": feature.kind,
                    "unit": feature.unit,
                    "sensitivity": feature.sensitivity,
                    "limit_days": f"{feature.limit_days:g}",
                    "predicts": str(feature.predicts).lower(),
                },
            )
            for feature in view.features
        ],
        source=FileSource(
            name=f"{view.name}_snapshots",
            path=str((settings.profiles / view.name).resolve() / "*.parquet"),
            timestamp_field="event_timestamp",
            file_format=ParquetFormat(),
        ),
        description=view.features[0].rule,
        online=True,
    )


def feature_views(settings: Settings) -> list[FeatureView]:
    """Describe all views, in the catalogue's order."""
    return [feature_view(view, settings) for view in catalog.VIEWS.values()]


def profile_service(views: list[FeatureView]) -> FeatureService:
    """Join the views into the service ``profile``."""
    return FeatureService(name="profile", features=views, description="The 360° profile: all features of all views.")
