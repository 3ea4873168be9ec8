"""The names of the tables' files, which the rule asks for while Snakemake plans."""

# In the order of the page, each with its number in the headings; None: it has none.
TABLE_NUMBERS = {
    "training": "I",
    "test": "II",
    "ratios": None,
    "energy": None,
    "activity": None,
    "operations": "III",
    "layers": None,
    "estimates": "IV",
    "anytime": None,
}
