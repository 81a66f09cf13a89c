"""Tables read from the types that Supabase generated."""

from lastmile_desktop.project.models.schema.generated_types import read_types

_TYPES = """export type Database = {
  public: {
    Tables: {
      orders: {
        Row: {
          id: string
          note?: string | null
          "paid_at"?: string
        }
        Insert: {
          id?: string
          ghost?: string
        }
      }
    }
  }
}
"""


def test_a_column_that_may_be_missing_is_a_column() -> None:
    (orders,) = read_types(_TYPES)
    assert dict(orders.columns) == {"id": 6, "note": 7, "paid_at": 8}
