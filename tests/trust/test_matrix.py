"""Every role at every operation: let in as the table written by hand says, and nobody else."""

from tests.trust import matrix


def test_every_role_may_do_what_the_table_says_and_nothing_else(tmp_path):
    assert [line for line in matrix.run(tmp_path, full=False) if not line.is_met] == []
