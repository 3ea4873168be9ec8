import torch

from spikemeter.training.randomness import derive_key, make_generator


def test_keys_depend_on_seed_and_purpose_alone():
    purposes = [("train", 1), ("train", 2), ("validation", 1), ("test",), ("train", 11)]
    keys = [derive_key(seed, *purpose) for seed in (0, 1, 10) for purpose in purposes]
    assert len(set(keys)) == len(keys)
    assert all(0 <= number < 2**63 for number in keys)
    # Another value would change every published number.
    assert derive_key(0, "test") == 6343639018140002960


def test_a_generator_is_fresh_and_seeded_with_the_key():
    one, other = (
        torch.rand(5, generator=make_generator(3, "order", 2)) for _ in range(2)
    )
    assert torch.equal(one, other)
    assert make_generator(3, "order", 2).initial_seed() == derive_key(3, "order", 2)
