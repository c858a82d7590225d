# ruff: noqa: TID253 - networks are made here
"""The parts of the language model: tokenizers, packed windows, the batched network, sampling and scoring."""

from pydoc_data.topics import topics

import numpy as np
import pytest
import torch

from outcross.resources.generators.transformer import head
from outcross.resources.generators.transformer.network import Architecture, Network, initial_parameters
from outcross.resources.generators.transformer.products import linear, product
from outcross.resources.generators.transformer.sampling import Choice, Uniforms, draw_rows, stride
from outcross.resources.generators.transformer.scoring import row_nats
from outcross.resources.generators.transformer.tokens import ByteTokens, PieceTokens, TokenRows, read_tokens
from outcross.resources.generators.transformer.training import Part, TransformerPlan
from outcross.resources.generators.transformer.windows import PackedWindows
from outcross.resources.seeds import derive_seed

ODD = ["straße — naïve 東京 🦜", "", " a\n\tb ", "<|endoftext|>", "x\x00y"]
PLAIN = Choice(temperature=1.0, top_k=None, top_p=1.0)


def network_of(replicates=1, *, context=8, sizes=None, scale=8.0) -> Network:
    architecture = Architecture(vocabulary=12, context=context, width=8, layers=2, heads=2, inner=32)
    drawn = initial_parameters(architecture, [derive_seed("test", number) for number in range(replicates)])
    return Network(
        architecture,
        {name: torch.from_numpy(array * (1 if "ln_" in name else scale)) for name, array in drawn.items()},
        sizes or [12] * replicates,
    )


@pytest.mark.parametrize("tokens", [ByteTokens(), PieceTokens.learn(list(topics.values())[:20], vocabulary=400)])
def test_any_text_survives_tokenisation(tokens):
    again = read_tokens(tokens.to_json())
    for each in (tokens, again):
        rows = each.encode(ODD)
        parts = np.split(rows.ids, np.cumsum(rows.lengths)[:-1])
        assert each.decode(parts) == ODD
        assert rows.ids.max() < each.size and each.end not in rows.ids
    assert (again.size, again.end) == (tokens.size, tokens.end)


def test_invalid_utf8_is_replaced():
    assert ByteTokens().decode([np.array([104, 0xC3, 105])]) == ["h\ufffdi"]
    pieces = PieceTokens.learn(["ab"], vocabulary=258)
    first, *_ = pieces.encode(["é"]).ids.tolist()
    assert pieces.decode([np.array([first])]) == ["\ufffd"]


def test_bpe_learned_twice_from_the_same_rows_has_the_same_bytes():
    rows = list(topics.values())[:30]
    first, again = (PieceTokens.learn(rows, vocabulary=600) for _ in range(2))
    assert first.to_json() == again.to_json()
    assert first.size == 600
    assert first.to_json() != PieceTokens.learn(rows[:15], vocabulary=600).to_json()


def test_prefixes_end_with_their_rows():
    rows = TokenRows.of([[5, 6, 7], [], [8]])
    assert rows.prefixes(2).tolist() == [[5, 6], [-1, -1], [8, -1]]
    assert rows.with_end(9).ids.tolist() == [5, 6, 7, 9, 9, 8, 9]


def packed(weights=(1.0, 2.0, 3.0)) -> PackedWindows:
    rows = TokenRows.of([[1, 2, 3], [4], [5, 6]])
    return PackedWindows(rows, np.array(weights), end=0, context=4, seed=7)


def test_every_token_is_a_target_once_an_epoch_with_the_weight_of_its_row():
    inputs, targets, weights = packed().take(0, 9)  # 36 tokens: four epochs of 6 tokens and 3 ends
    flat = targets.ravel()
    assert inputs.ravel().tolist() == [0, *flat[:-1].tolist()]
    orders = set()
    for epoch in flat.reshape(4, 9):
        assert sorted(epoch.tolist()) == [0, 0, 0, 1, 2, 3, 4, 5, 6]
        orders.add(tuple(epoch.tolist()))
    assert len(orders) > 1
    weight_of = {1: 1.0, 2: 1.0, 3: 1.0, 4: 2.0, 5: 3.0, 6: 3.0}
    ended = [weight_of[token] for token in np.insert(flat, 0, 0)[:-1][flat == 0].tolist()]
    assert weights.ravel()[flat == 0].tolist() == ended
    assert all(weight == weight_of[token] for token, weight in zip(flat, weights.ravel(), strict=True) if token)


def test_any_windows_are_computed_without_the_windows_before():
    whole, later = packed().take(0, 9), packed().take(5, 4)
    for all_of_it, part in zip(whole, later, strict=True):
        assert np.array_equal(all_of_it[5:], part)


def test_batched_transformers_equal_single_ones():
    together = network_of(3, sizes=[12, 9, 12])
    random = np.random.default_rng(1)
    inputs, targets = (torch.from_numpy(random.integers(0, 9, (3, 4, 8))) for _ in range(2))
    nats = together.nats(inputs, targets)
    for place in range(3):
        own = slice(place, place + 1)
        alone = together.member(place).nats(inputs[own], targets[own])
        torch.testing.assert_close(alone, nats[own], rtol=1e-4, atol=1e-5)
    assert not torch.allclose(nats[0], together.member(2).nats(inputs[:1], targets[:1])[0], atol=0.1)


@pytest.mark.parametrize(("precision", "apart"), [("float32", 1e-4), ("bfloat16", 0.02)])
def test_replicates_trained_together_equal_those_trained_one_by_one(precision, apart):
    plan = TransformerPlan(steps=4, batch=2, peak=0.01, weight_decay=0.1, precision=precision, compiled=False)
    rows, ends = TokenRows.of([[1, 2, 3], [4, 5], [6]] * 5), {"end": 0, "context": 8}
    windows = [PackedWindows(rows, np.ones(15), seed=seed, **ends) for seed in (1, 2)]
    inputs, targets = (torch.from_numpy(array)[None] for array in windows[0].take(7, 4)[:2])
    network, losses = network_of(2, scale=2.0), {}
    for own in (slice(0, 2), slice(0, 1), slice(1, 2)):
        trained = network.part(own)
        Part(trained, windows[own], plan).advance(0, 4)
        nats = trained.nats(*(each.expand(trained.replicates, -1, -1) for each in (inputs, targets)))
        losses[own.start, own.stop] = nats.detach().mean(dim=(1, 2))
    one_by_one = torch.cat([losses[0, 1], losses[1, 2]])
    torch.testing.assert_close(losses[0, 2], one_by_one, rtol=0, atol=apart)
    assert (one_by_one < network.nats(inputs.expand(2, -1, -1), targets.expand(2, -1, -1)).mean(dim=(1, 2)) - 0.1).all()


def test_a_token_depends_only_on_the_tokens_before_it():
    network = network_of()
    inputs = torch.randint(0, 12, (1, 1, 8), generator=torch.Generator().manual_seed(1))
    changed = inputs.clone()
    changed[0, 0, 5] = (inputs[0, 0, 5] + 1) % 12
    before, after = (network.states(each)[0, 0] for each in (inputs, changed))
    torch.testing.assert_close(before[:5], after[:5])
    assert not torch.allclose(before[5:], after[5:], atol=0.1)


@pytest.mark.parametrize("sizes", [[12], [9]])
def test_the_loss_and_its_gradient_are_those_of_all_logits_at_once(monkeypatch, sizes):
    monkeypatch.setattr(head, "LOGITS_AT_ONCE", 30)
    random = np.random.default_rng(1)
    inputs, targets = (torch.from_numpy(random.integers(0, 9, (1, 4, 8))) for _ in range(2))
    weights = torch.from_numpy(random.random((1, 4, 8)).astype(np.float32))
    by_parts, at_once = network_of(sizes=sizes), network_of(sizes=sizes)
    for network in (by_parts, at_once):
        for parameter in network.parameters.values():
            parameter.requires_grad_()
    summed = by_parts.summed_nats(inputs, targets, weights) / 32
    plain = (at_once.nats(inputs, targets) * weights).sum() / 32
    torch.testing.assert_close(summed, plain)
    for loss in (summed, plain):
        loss.backward()
    for name, parameter in by_parts.parameters.items():
        torch.testing.assert_close(parameter.grad, at_once.parameters[name].grad, rtol=1e-3, atol=1e-4)


def test_products_and_their_gradients_equal_those_of_torch():
    stream = torch.Generator().manual_seed(2)
    drawn = [torch.randn(shape, generator=stream) for shape in ((7, 5), (5, 3), (3,), (7, 3))]
    ours, theirs = ([each.clone().requires_grad_() for each in drawn[:3]] for _ in range(2))
    (linear(*ours) * drawn[3]).sum().backward()
    (torch.addmm(theirs[2], theirs[0], theirs[1]) * drawn[3]).sum().backward()
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one.grad, other.grad)
    torch.testing.assert_close(product(drawn[0], drawn[1]), drawn[0] @ drawn[1])


def plain_shares(network: Network, tokens: list[int], *, end: int) -> torch.Tensor:
    """Probabilities of the next token, computed without a cache from the window that the stride gives."""
    inputs, context = [end, *tokens], network.architecture.context
    start = 0
    while len(inputs) - start > context:
        start += stride(context)
    states = network.states(torch.tensor([[inputs[start:]]]))[0, :, -1]
    return network.logits(states[None])[0, 0].softmax(-1)


@pytest.mark.parametrize("length", [0, 3, 7, 8, 11, 12, 13, 30])
def test_rows_of_any_length_have_the_loss_of_a_computation_without_batches(length):
    network, end = network_of(context=8), 0
    row = np.random.default_rng(length).integers(1, 12, length).tolist()
    expected = -sum(
        float(plain_shares(network, row[:place], end=end)[token].log()) for place, token in enumerate([*row, end])
    )
    rows = TokenRows.of([[1, 2], row, [3] * 9])
    assert row_nats(network, rows, end=end)[1] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("prompt", [0, 3, 10])
def test_the_key_value_cache_does_not_change_the_samples(prompt):
    network, end, longest = network_of(context=8), 0, 25
    given = np.random.default_rng(2).integers(1, 12, (6, prompt)).astype(np.int32)
    given[0, 2:] = -1
    numbers = np.arange(4, 10)
    uniforms = Uniforms(11)
    drawn = draw_rows(network, PLAIN, rows=numbers, given=given, uniforms=uniforms, end=end, longest=longest)
    lengths = {len(row) for row in drawn}
    assert max(lengths) == longest or len(lengths) > 1
    for number, row, begun in zip(numbers, drawn, given, strict=True):
        expected: list[int] = [int(token) for token in begun if token >= 0]
        while len(expected) < longest:
            shares = plain_shares(network, expected, end=end).double()
            if not expected:
                shares[end] = 0
            mass = shares.cumsum(-1)
            uniform = float(uniforms.of(np.array([number]), len(expected))[0])
            token = int(torch.searchsorted(mass, uniform * mass[-1], right=True))
            if token == end:
                break
            expected.append(token)
        assert row.tolist() == expected


def test_rows_that_end_do_not_change_the_others():
    network = network_of(context=16)
    given = np.empty((40, 0), dtype=np.int32)
    numbers = np.arange(40)
    drawn = draw_rows(network, PLAIN, rows=numbers, given=given, uniforms=Uniforms(3), end=0, longest=12)
    alone = [
        draw_rows(
            network, PLAIN, rows=numbers[place : place + 1], given=given[:1], uniforms=Uniforms(3), end=0, longest=12
        )[0]
        for place in range(40)
    ]
    assert [row.tolist() for row in drawn] == [row.tolist() for row in alone]
    assert len({len(row) for row in drawn}) > 4


def test_top_k_and_top_p_draw_only_the_most_probable_tokens():
    logits = torch.tensor([0.4, 0.1, 0.3, 0.2]).log().repeat(1000, 1)
    uniforms = torch.from_numpy((np.arange(1000) + 0.5) / 1000)

    def shares(**choice):
        drawn = Choice(**{"temperature": 1.0, "top_k": None, "top_p": 1.0, **choice}).draw(logits, uniforms)
        return (torch.bincount(drawn, minlength=4) / 1000).tolist()

    assert shares() == pytest.approx([0.4, 0.1, 0.3, 0.2], abs=0.002)
    assert shares(top_k=2) == pytest.approx([4 / 7, 0, 3 / 7, 0], abs=0.002)
    assert shares(top_p=0.8) == pytest.approx([4 / 9, 0, 3 / 9, 2 / 9], abs=0.002)
    assert shares(top_p=0.65) == pytest.approx([4 / 7, 0, 3 / 7, 0], abs=0.002)
    halved = np.sqrt([0.4, 0.1, 0.3, 0.2])
    assert shares(temperature=2.0) == pytest.approx(halved / halved.sum(), abs=0.002)


def test_the_uniform_number_of_a_row_and_position_depends_only_on_the_seed():
    uniforms = Uniforms(5)
    whole = uniforms.of(np.arange(100), 3)
    assert np.array_equal(Uniforms(5).of(np.array([7, 40]), 3), whole[[7, 40]])
    assert not np.array_equal(uniforms.of(np.arange(100), 4), whole)
    assert not np.array_equal(Uniforms(6).of(np.arange(100), 3), whole)


def test_no_row_is_empty_where_the_end_is_by_far_the_most_probable_token(monkeypatch):
    network, logits = network_of(context=8), Network.logits

    def favouring_the_end(self, states):
        found = logits(self, states)
        found[..., 0] += 50
        return found

    monkeypatch.setattr(Network, "logits", favouring_the_end)
    given = np.empty((20, 0), dtype=np.int32)
    rows = np.arange(20)
    drawn = draw_rows(network, PLAIN, rows=rows, given=given, uniforms=Uniforms(3), end=0, longest=5)
    assert [len(row) for row in drawn] == [1] * 20
    assert all(row[0] != 0 for row in drawn)
