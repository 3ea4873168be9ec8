"""Tables and figures from the artifacts of the runs."""
