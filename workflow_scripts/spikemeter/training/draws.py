"""How often a test draws a random encoding again.

Import-light, so that the time of a test can be estimated without loading PyTorch.
"""

from spikemeter.networks.description import NetworkDescription
from spikemeter.networks.encodings.registry import ENCODINGS

DRAWS = 10


def explain_no_draws(network: NetworkDescription) -> dict[str, str]:
    """Return why a test of the network draws nothing again; empty, if it does.

    >>> explain_no_draws(study.descriptions["exp1_ann"])  # doctest: +SKIP
    {'draws': 'a ReLU network has no encoding'}
    """
    if network.encoding is None:
        return {"draws": "a ReLU network has no encoding"}
    if not ENCODINGS[network.encoding].random:
        return {"draws": f"the encoding {network.encoding} draws nothing at random"}
    return {}


def count_draws(network: NetworkDescription) -> int:
    """Return how many more passes a test makes, each with a draw of its own."""
    return 0 if explain_no_draws(network) else DRAWS
