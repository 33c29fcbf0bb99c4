"""Some streams of events told by three roads: the same state at the end of each."""

from tests.trust import commute


def test_the_order_and_number_of_deliveries_does_not_show_in_what_is_known(tmp_path):
    assert [line for line in commute.run(tmp_path, full=False) if not line.is_met] == []
