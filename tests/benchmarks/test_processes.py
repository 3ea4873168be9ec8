"""Jobs in processes of their own, and how they may end."""

from benchmarks.processes import processors, run


def test_a_job_answers():
    found = run(
        "roofline:machine", {"device": "cpu", "budget_s": 0}, processors()[:1], 120
    )
    assert found["multiply_flops"] > 0


def test_a_job_that_fails_says_why():
    found = run("roofline:machine", {"device": "abacus"}, processors()[:1], 120)
    assert "budget_s" in found["error"]


def test_a_job_that_takes_too_long_is_stopped():
    assert run("roofline:machine", {}, processors()[:1], 0.2) == {
        "error": "not finished within 0 s"
    }
