"""The tree against the published vectors, naive recomputation and an independent implementation."""

import random

import pytest
from pymerkle import InmemoryTree, verify_inclusion

from votesite.domain.ledger import merkle

# The leaves and roots of the Certificate Transparency test vectors (RFC 6962's reference code).
VECTORS = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def naive_root(leaves):
    if not leaves:
        return merkle.EMPTY
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return merkle.node_hash(naive_root(leaves[:split]), naive_root(leaves[split:]))


def naive_subtrees(leaves):
    return lambda height, index: naive_root(leaves[index << height : (index + 1) << height])


def some_leaves(count):
    return [merkle.leaf_hash(str(n).encode()) for n in range(count)]


def test_empty_tree_has_the_hash_of_nothing():
    assert merkle.Frontier().root().hex() == (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )


def test_roots_are_those_of_the_published_vectors():
    frontier, roots = merkle.Frontier(), []
    for vector in VECTORS:
        frontier.append(merkle.leaf_hash(bytes.fromhex(vector)))
        roots.append(frontier.root().hex())

    assert roots == ROOTS


def test_published_inclusion_path_of_leaf_5_in_8():
    leaves = [merkle.leaf_hash(bytes.fromhex(vector)) for vector in VECTORS]

    path = merkle.inclusion(naive_subtrees(leaves), 5, 8)

    assert [step.hex() for step in path] == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_published_consistency_path_from_6_to_8():
    leaves = [merkle.leaf_hash(bytes.fromhex(vector)) for vector in VECTORS]

    path = merkle.consistency(naive_subtrees(leaves), 6, 8)

    assert [step.hex() for step in path] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_frontier_agrees_with_naive_recomputation_for_every_size():
    leaves = some_leaves(300)
    frontier = merkle.Frontier()

    for size, leaf in enumerate(leaves, 1):
        frontier.append(leaf)
        restored = merkle.Frontier(size, frontier.packed())

        assert frontier.root() == restored.root() == naive_root(leaves[:size])


def test_tiles_are_the_hashes_over_256_children():
    leaves = some_leaves(600)
    frontier, tiles = merkle.Frontier(), []
    for leaf in leaves:
        tiles += frontier.append(leaf)

    assert tiles == [
        (1, 0, naive_root(leaves[:256])),
        (1, 1, naive_root(leaves[256:512])),
    ]


def test_every_inclusion_path_leads_to_the_root():
    leaves = some_leaves(70)
    for size in range(1, 71):
        for n in range(size):
            path = merkle.inclusion(naive_subtrees(leaves), n, size)

            assert merkle.root_from_path(leaves[n], n, size, path) == naive_root(leaves[:size])


def test_path_of_another_leaf_leads_elsewhere_and_wrong_lengths_are_faults():
    leaves = some_leaves(20)
    path = merkle.inclusion(naive_subtrees(leaves), 3, 20)

    assert merkle.root_from_path(leaves[4], 3, 20, path) != naive_root(leaves)
    for wrong in (path[:-1], [*path, path[0]]):
        with pytest.raises(ValueError):
            merkle.root_from_path(leaves[3], 3, 20, wrong)


def test_an_independent_implementation_has_the_same_roots_and_accepts_our_paths():
    bodies = [str(n).encode() for n in range(130)]
    oracle = InmemoryTree(algorithm="sha256")
    for body in bodies:
        oracle.append_entry(body)
    leaves = [merkle.leaf_hash(body) for body in bodies]

    for n in random.Random(1).sample(range(130), 20):
        theirs = oracle.prove_inclusion(n + 1, 130)
        verify_inclusion(leaves[n], oracle.get_root(130), theirs)
        path = merkle.inclusion(naive_subtrees(leaves), n, 130)

        assert [leaves[n], *path] == theirs.path
    assert oracle.get_root(130) == naive_root(leaves)
