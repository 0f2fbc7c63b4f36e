"""`staydown erase`: asked before, waited for, and refused in words."""

from tests.api.cli.conftest import Shell


def test_takedown_is_erased_once_somebody_said_yes(shell: Shell, picture) -> None:
    """It cannot be undone; without an answer nothing happens, and with one it is gone when the command ends."""
    shell("init")
    case = shell("report", picture("a.jpg", 1), "--relation", "subject", "--json").document["case_id"]
    reason = ("--override-reason", "for a test")
    takedown = shell("decide", case, "--uphold", *reason, "--json").document["takedown_id"]
    assert shell("erase", takedown).code == 1
    assert "Withdraw it first" in shell("erase", takedown, "--yes").err
    erased = shell("erase", takedown, "--yes", "--withdraw", "--json").document
    assert (erased["state"], erased["removed"]["previews"]) == ("completed", 1)
    assert shell("erase", takedown, "--yes", "--json").document == erased
    assert shell("erase", "case_1", "--yes").code == 2
