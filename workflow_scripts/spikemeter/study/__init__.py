"""What Snakemake asks: settings, checks, the plan and its staleness, needs, jobs."""
