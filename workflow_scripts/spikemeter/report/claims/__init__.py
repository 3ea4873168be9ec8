"""The paper's claims, each judged by one rule: results/claims.md."""
