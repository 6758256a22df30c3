"""Flows: the mathematics, in float64."""

from __future__ import annotations

import pytest
import torch

from mirscan.models.flows import (
    MADE,
    AutoregressiveStep,
    IdentityFlow,
    InverseAutoregressiveFlow,
)

DIMENSIONS, CONTEXT, HIDDEN, STEPS = 6, 3, 40, 4


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(3)


@pytest.fixture
def point():
    return torch.randn(5, DIMENSIONS, dtype=torch.float64), torch.randn(5, CONTEXT, dtype=torch.float64)


@pytest.fixture
def flow():
    return InverseAutoregressiveFlow(DIMENSIONS, CONTEXT, HIDDEN, STEPS).double()


def jacobian(function, z):
    """(n, d, d) of a function that treats the rows of z (n, d) alone."""
    full = torch.autograd.functional.jacobian(function, z)
    return torch.stack([full[i, :, i] for i in range(len(z))])


def test_the_inverse_undoes_the_flow(flow, point):
    z, context = point
    with torch.no_grad():
        there, _ = flow(z, context)
        assert not torch.allclose(there, z, atol=1e-2)
        torch.testing.assert_close(flow.inverse(there, context), z, rtol=0, atol=1e-10)


def test_log_determinant_is_that_of_the_jacobian(flow, point):
    z, context = point
    _, log_det = flow(z, context)
    sign, expected = torch.linalg.slogdet(jacobian(lambda z: flow(z, context)[0], z))
    assert (sign.abs() == 1).all()
    torch.testing.assert_close(log_det, expected, rtol=0, atol=1e-10)


def test_a_step_depends_on_earlier_variables_alone(point):
    z, context = point
    step = AutoregressiveStep(DIMENSIONS, HIDDEN, CONTEXT).double()
    rows = jacobian(lambda z: step(z, context)[0], z)
    assert (rows.triu(1) == 0).all()
    lower = rows.tril(-1)[:, *torch.tril_indices(DIMENSIONS, DIMENSIONS, -1)]
    assert (lower != 0).all()
    diagonal = rows.diagonal(dim1=1, dim2=2)
    assert ((diagonal > 0) & (diagonal < 1)).all()


def test_made_sees_the_context_everywhere_and_its_own_input_nowhere(point):
    z, context = point
    made = MADE(DIMENSIONS, HIDDEN, CONTEXT).double()
    assert (jacobian(lambda z: made(z, context), z).triu(0) == 0).all()
    assert (jacobian(lambda c: made(z, c), context) != 0).all()


def test_the_order_turns_so_that_every_variable_moves_every_other(flow, point):
    z, context = point
    assert (jacobian(lambda z: flow(z, context)[0], z) != 0).all()


def test_a_fresh_step_starts_open(point):
    """σ = sigmoid(1.5 + s): a step that has learnt nothing keeps most of z."""
    z, context = point
    step = AutoregressiveStep(DIMENSIONS, HIDDEN, CONTEXT).double()
    for parameter in step.gate.parameters():
        torch.nn.init.zeros_(parameter)
    _, log_det = step(z, context)
    expected = DIMENSIONS * torch.nn.functional.logsigmoid(torch.tensor(1.5, dtype=torch.float64))
    torch.testing.assert_close(log_det, expected.expand(5))


def test_no_flow_changes_nothing(point):
    z, context = point
    there, log_det = IdentityFlow()(z, context)
    assert there is z
    assert (log_det == 0).all()
