"""The report page, results/report.html, and what stands on it alone."""
