"""The folded head against what it stands for."""

from __future__ import annotations

import numpy as np
from data.vqvae import make_golden

from pali_dataprep.vqvae.checkpoint import CODEBOOK_SIZE
from pali_dataprep.vqvae.head import fold_head


def test_it_gives_squared_distances_and_lengths() -> None:
    arrays = make_golden.weights()
    features = np.random.default_rng(0).random((5, 128))
    vectors = features @ arrays["encoder.10.weight"][:, :, 0, 0].T + arrays["encoder.10.bias"].astype(np.float64)
    head = fold_head(arrays)
    products = features @ head.weight.T + head.bias
    norm = (features * products[:, CODEBOOK_SIZE:]).sum(axis=1) + head.constant
    distances = products[:, :CODEBOOK_SIZE] + norm[:, None]
    np.testing.assert_allclose(norm, np.square(vectors).sum(axis=1), rtol=1e-12)
    expected = np.square(vectors[:, None] - arrays["_vq_vae._embedding"]).sum(axis=2)
    np.testing.assert_allclose(distances, expected, rtol=1e-12)
