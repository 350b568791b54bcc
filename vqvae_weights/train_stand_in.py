"""Train the stand-in mask VQ-VAE that ships with pali-dataprep.

It has the architecture and the file layout of big_vision's `vae-oid.npz`, so that every
part of the package runs without the official file. Its tokens mean nothing to PaliGemma.

    pip install torch pycocotools pillow msgspec
    python vqvae_weights/train_stand_in.py --coco annotations.json ... --nuclei DIR \
        --hold-out instances_val.json --out vqvae_weights/stand_in.npz

PyTorch, because its CPU convolutions train four times faster than XLA's here, and the
checkpoint's names are PyTorch's: `encoder.8.net.0.weight` is what `state_dict` says.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from training_data import RealMask, augmented, drawn, mask64_of, read_coco, read_nuclei

CODES, DIM = 128, 512


class ResBlock(nn.Module):
    """Two 3x3 convolutions and a 1x1, added to the input."""

    def __init__(self, c: int = 128) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(c, c, 3, padding=1), nn.ReLU(), nn.Conv2d(c, c, 3, padding=1), nn.ReLU(), nn.Conv2d(c, c, 1)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.net(x)


def down(a: int, b: int) -> list[nn.Module]:
    return [nn.Conv2d(a, b, 4, stride=2, padding=1), nn.ReLU()]


def up(a: int, b: int) -> list[nn.Module]:
    return [nn.ConvTranspose2d(a, b, 4, stride=2, padding=1), nn.ReLU()]


class Quantiser(nn.Module):
    """Nearest codeword, straight-through gradient, codebook kept as a moving average."""

    def __init__(self, decay: float = 0.99) -> None:
        super().__init__()
        self.decay = decay
        self.register_buffer("_embedding", torch.randn(CODES, DIM))
        self.register_buffer("_ema_cluster_size", torch.ones(CODES))
        self.register_buffer("_ema_w", torch.randn(CODES, DIM))

    def nearest(self, flat: torch.Tensor) -> torch.Tensor:
        book = self._embedding
        return (flat.square().sum(1, keepdim=True) + book.square().sum(1) - 2 * flat @ book.T).argmin(1)

    def forward(self, z: torch.Tensor, *, revive: bool) -> tuple[torch.Tensor, torch.Tensor]:
        flat = z.permute(0, 2, 3, 1).reshape(-1, DIM)
        index = self.nearest(flat)
        if self.training:
            self._move(flat.detach(), index, revive=revive)
        q = self._embedding[index].view(z.shape[0], 4, 4, DIM).permute(0, 3, 1, 2)
        return z + (q - z).detach(), F.mse_loss(z, q.detach())

    @torch.no_grad()
    def _move(self, flat: torch.Tensor, index: torch.Tensor, *, revive: bool) -> None:
        one_hot = F.one_hot(index, CODES).float()
        self._ema_cluster_size.lerp_(one_hot.sum(0), 1 - self.decay)
        self._ema_w.lerp_(one_hot.T @ flat, 1 - self.decay)
        if revive:
            dead = (self._ema_cluster_size < 0.03 * self._ema_cluster_size.mean()).nonzero()[:, 0]
            if len(dead):
                chosen = flat[torch.randint(len(flat), (len(dead),))]
                self._ema_cluster_size[dead] = self._ema_cluster_size.mean()
                self._ema_w[dead] = chosen * self._ema_cluster_size[dead, None]
        self._embedding.copy_(self._ema_w / self._ema_cluster_size.clamp(min=1e-5)[:, None])

    @torch.no_grad()
    def start_from(self, flat: torch.Tensor) -> None:
        """k-means on encoder outputs, 20 rounds."""
        book = flat[torch.randperm(len(flat))[:CODES]].clone()
        for _ in range(20):
            self._embedding.copy_(book)
            index = self.nearest(flat)
            counts = torch.bincount(index, minlength=CODES)
            sums = torch.zeros_like(book).index_add_(0, index, flat)
            book = torch.where(
                counts[:, None] > 0, sums / counts.clamp(min=1)[:, None], flat[torch.randperm(len(flat))[:CODES]]
            )
        self._embedding.copy_(book)
        self._ema_cluster_size.fill_(len(flat) / CODES / 40)
        self._ema_w.copy_(book * self._ema_cluster_size[:, None])


class MaskVQVAE(nn.Module):
    """The mask VQ-VAE of arXiv 2301.02229, module names as in the official checkpoint."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            *down(1, 16), *down(16, 32), *down(32, 64), *down(64, 128), ResBlock(), ResBlock(), nn.Conv2d(128, DIM, 1)
        )
        self.decoder = nn.Sequential(
            nn.Conv2d(DIM, 128, 1), nn.ReLU(), ResBlock(), ResBlock(),
            *up(128, 128), *up(128, 64), *up(64, 32), *up(32, 16), nn.Conv2d(16, 1, 1),
        )  # fmt: skip
        self._vq_vae = Quantiser()

    def encode(self, masks: torch.Tensor) -> torch.Tensor:
        return self.encoder(2 * (masks - 0.5))

    def forward(
        self, masks: torch.Tensor, *, quantise: bool, revive: bool = False
    ) -> tuple[torch.Tensor, torch.Tensor]:
        z = self.encode(masks)
        q, commitment = self._vq_vae(z, revive=revive) if quantise else (z, z.square().mean() * 1e-3)
        return self.decoder(q), commitment


@dataclass
class Settings:
    steps: int
    batch: int = 64
    warm_up: int = 800
    peak_rate: float = 1.2e-3
    seed: int = 20261121


def reconstruction_loss(y: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of the map (as logits / 4) plus soft Jaccard: judged by IoU, trained for IoU."""
    p = torch.sigmoid(4 * y)
    overlap = (p * target).sum((1, 2, 3))
    union = (p + target - p * target).sum((1, 2, 3))
    return F.binary_cross_entropy_with_logits(4 * y, target) + (1 - overlap / union.clamp(min=1)).mean()


def rate(step: int, s: Settings) -> float:
    if step < 300:
        return s.peak_rate * (step + 1) / 300
    return s.peak_rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (step - 300) / (s.steps - 300))))


def batch_of(pool: np.ndarray, size: int, rng: np.random.Generator) -> torch.Tensor:
    """Random masks, each flipped and turned at random (the eight symmetries of the square)."""
    images = pool[rng.integers(len(pool), size=size)]
    if rng.random() < 0.5:
        images = images.transpose(0, 2, 1)
    images = images[:, :: rng.choice((-1, 1)), :: rng.choice((-1, 1))]
    half = size // 2
    images = np.concatenate([images[:half], images[half:, ::-1]])
    return torch.from_numpy(images.astype(np.float32)[:, None] / 255).contiguous(memory_format=torch.channels_last)


def train(model: MaskVQVAE, pool: np.ndarray, held_out: np.ndarray, s: Settings, save_to: Path) -> None:
    rng = np.random.default_rng(s.seed)
    optimiser = torch.optim.AdamW(model.parameters(), lr=s.peak_rate, weight_decay=1e-4)
    started = time.time()
    for step in range(s.steps):
        if step == s.warm_up:
            seed_codebook(model, pool, rng)
        for group in optimiser.param_groups:
            group["lr"] = rate(step, s)
        masks = batch_of(pool, s.batch, rng)
        y, commitment = model(masks, quantise=step >= s.warm_up, revive=step % 50 == 0 and step < 0.7 * s.steps)
        loss = reconstruction_loss(y, masks) + 0.25 * commitment
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        if step % 500 == 499:
            ious = held_out_ious(model, held_out[:1000])
            print(
                f"step {step + 1} loss {loss.item():.4f} held-out IoU {ious.mean():.4f} {time.time() - started:.0f} s",
                flush=True,
            )
            save(model, save_to)


@torch.no_grad()
def seed_codebook(model: MaskVQVAE, pool: np.ndarray, rng: np.random.Generator) -> None:
    z = torch.cat([model.encode(batch_of(pool, 256, rng)) for _ in range(4)])
    model._vq_vae.start_from(z.permute(0, 2, 3, 1).reshape(-1, DIM))


@torch.no_grad()
def held_out_ious(model: MaskVQVAE, masks: np.ndarray) -> np.ndarray:
    """IoU at 64x64 of map > 0 against mask > 0.5."""
    model.eval()
    ious = []
    for start in range(0, len(masks), 256):
        truth = torch.from_numpy(masks[start : start + 256, None].astype(np.float32) / 255)
        y, _ = model(truth.contiguous(memory_format=torch.channels_last), quantise=True)
        a, b = y > 0, truth > 0.5
        union = (a | b).sum((1, 2, 3)).clamp(min=1)
        ious.append(((a & b).sum((1, 2, 3)) / union).numpy())
    model.train()
    return np.concatenate(ious)


def save(model: MaskVQVAE, path: Path) -> None:
    """Write the arrays as float16, the moving averages left out, compressed."""
    arrays = {k: v.numpy().astype(np.float16) for k, v in model.state_dict().items() if "_ema_" not in k}
    np.savez_compressed(path, **arrays)


def as_bytes(images: list[np.ndarray]) -> np.ndarray:
    return np.stack([np.rint(image * 255).astype(np.uint8) for image in images])


def read_masks(args: argparse.Namespace) -> list[RealMask]:
    masks = [m for p in args.coco for m in read_coco(p, hold_out_all=False)]
    masks += [m for p in args.hold_out for m in read_coco(p, hold_out_all=True)]
    return masks + [m for p in args.nuclei for m in read_nuclei(p)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--coco", type=Path, nargs="*", default=[])
    parser.add_argument("--hold-out", type=Path, nargs="*", default=[])
    parser.add_argument("--nuclei", type=Path, nargs="*", default=[])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=6_000)
    parser.add_argument("--copies", type=int, default=8)
    parser.add_argument("--drawn", type=int, default=40_000)
    args = parser.parse_args()
    settings = Settings(args.steps)
    torch.manual_seed(settings.seed)
    rng = np.random.default_rng(settings.seed)
    masks = read_masks(args)
    known = [m for m in masks if not m.held_out]
    held_out = as_bytes([mask64_of(m) for m in masks if m.held_out])
    rng.shuffle(held_out)
    pool = as_bytes([*augmented(known, args.copies, rng), *drawn(args.drawn, rng)])
    counts = {"real": len(known), "held_out": len(held_out), "pool": len(pool)}
    print(json.dumps(counts), flush=True)
    model = MaskVQVAE().to(memory_format=torch.channels_last)
    train(model, pool, held_out, settings, args.out)


if __name__ == "__main__":
    main()
