"""One schema, looked at from code: tables by the names that code uses, and what their policies may refer to."""

from __future__ import annotations

from functools import cached_property

from lastmile_desktop.project.models.row_security.rls_policy import Surroundings, surroundings
from lastmile_desktop.project.models.schema.model import SchemaModel
from lastmile_desktop.project.models.schema.tables import Tables


class SchemaLens:
    """Both parts are made on first use, so that a scan which asks nothing costs nothing."""

    def __init__(self, schema: SchemaModel) -> None:
        self.schema = schema

    @cached_property
    def known(self) -> Tables:
        return Tables(self.schema)

    @cached_property
    def around(self) -> Surroundings:
        return surroundings(self.schema)
