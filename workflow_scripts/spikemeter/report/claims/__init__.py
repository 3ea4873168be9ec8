"""The claims of published studies, each judged by one rule: results/claims.md."""
