"""A user's texts, the same in every figure, table, page and LaTeX file.

Characters that one of them cannot show are refused with the config. Import-light, so
that Snakemake can check texts while planning.
"""

import re
import unicodedata

# Without the letters that LaTeX has no name for, because they look like Latin ones.
GREEK = {
    **{"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon"},
    **{"ζ": "zeta", "η": "eta", "θ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda"},
    **{"μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "ς": "varsigma"},
    **{"σ": "sigma", "τ": "tau", "υ": "upsilon", "φ": "varphi", "χ": "chi"},
    **{"ψ": "psi", "ω": "omega"},
    **{"Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi"},
    **{"Σ": "Sigma", "Υ": "Upsilon", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega"},
}
MATHS = {
    **{"±": "pm", "×": "times", "÷": "div", "·": "cdot", "−": "-", "¬": "neg"},
    **{"≤": "leq", "≥": "geq", "≠": "neq", "≈": "approx", "∞": "infty", "√": "surd"},
    **{"←": "leftarrow", "→": "rightarrow", "↔": "leftrightarrow", "∈": "in"},
    **{"²": "^2", "³": "^3", "¹": "^1", "∂": "partial", "∑": "sum", "∏": "prod"},
}
TEXT = {
    **{"\\": "textbackslash", "~": "textasciitilde", "^": "textasciicircum"},
    **{"<": "textless", ">": "textgreater", "|": "textbar", "`": "textasciigrave"},
    **{"µ": "textmu", "°": "textdegree", "…": "ldots"},
    **{"–": "textendash", "—": "textemdash", "‘": "textquoteleft", "§": "S", "¶": "P"},
    **{"’": "textquoteright", "“": "textquotedblleft", "”": "textquotedblright"},
    **{"£": "pounds", "€": "texteuro", "½": "textonehalf", "¼": "textonequarter"},
    **{"¾": "textthreequarters", "†": "textdagger", "‡": "textdaggerdbl"},
}
# LaTeX's fonts of 7 bits, which documents have by default, lack these Latin letters.
LACKING = set("ÐÞðþĄąĐđĘęĦħĮįĸĿŀŉŊŋŦŧŲųſ")
LATIN = {chr(code) for code in range(ord("À"), ord("ſ"))} - LACKING - {"×", "÷"}
ASCII = {chr(code) for code in range(ord(" "), ord("~") + 1)}
# Signs that mark cells of tables are no part of a name.
SHOWN = (ASCII | LATIN | GREEK.keys() | MATHS.keys() | TEXT.keys()) - set("|†‡§¶")
LATEX = str.maketrans(
    {letter: f"$\\{name}$" for letter, name in GREEK.items()}
    | {s: f"${'' if name[0] in '^-' else chr(92)}{name}$" for s, name in MATHS.items()}
    | {sign: f"\\{name}{{}}" for sign, name in TEXT.items()}
    | {sign: f"\\{sign}" for sign in "&%$#_{}"}
    | {'"': r"{\char34}"}
)
# What LaTeX joins with an equal sign before it.
LIGATURE = re.compile(r"(?<=-)-|(?<=,),|(?<=')'")
# Where Markdown reads more than the sign itself.
MARKUP = re.compile(
    r"[\\`*$~]|(?<!\w)_|_(?!\w)|(?<=\])\(|<(?=[A-Za-z/!?])|&(?=#?\w+;)|:(?=[\w+-]+:)"
)
ALLOWED = "of Latin and Greek letters, digits and common signs"
ALIKE = str.maketrans("νΥβ∑∏–—−‘’`“”·", "vYßΣΠ---'''\"\".")


def find_unshown(text: str) -> str:
    """Return why a text cannot be shown everywhere; empty if it can.

    Examples
    --------
    >>> find_unshown("β = 0.9")
    ''
    >>> find_unshown("网 1").partition(",")[0]
    "text without '网' (CJK UNIFIED IDEOGRAPH-7F51)"
    """
    if text != " ".join(text.split()):
        return "text with words between single blanks, and no other blank"
    for sign in text:
        if sign not in SHOWN:
            named = unicodedata.name(sign, "no character")
            return f"text without {sign!r} ({named}), {ALLOWED}"
    return ""


def fold_text(text: str) -> str:
    """Return the same text for all that a reader does not tell apart."""
    return unicodedata.normalize("NFKC", text).translate(ALIKE)


def escape_latex(text: str) -> str:
    r"""Return LaTeX that prints a text, whatever encoding its fonts have.

    Of a character that LaTeX does not know, which only a machine's own texts have, the
    number is printed.

    Examples
    --------
    >>> print(escape_latex("costs $5"))
    costs \$5
    """
    known = (
        sign if sign in SHOWN or ord(sign) in LATEX else f"[U+{ord(sign):04X}]"
        for sign in text
    )
    return LIGATURE.sub(r"{}\g<0>", "".join(known).translate(LATEX))


def escape_markdown(text: str) -> str:
    r"""Return Markdown that shows a text.

    Examples
    --------
    >>> print(escape_markdown("*a* <b>"))
    \*a\* \<b>
    """
    return MARKUP.sub(r"\\\g<0>", text)
