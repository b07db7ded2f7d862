"""Somebody who stands, drawn, and the middle of what is theirs."""

import cv2
import numpy as np

from cleanplate.values import Box

BOX = Box(40, 150, 160, 60)  # their feet in row 200, in the middle


def person() -> np.ndarray:
    """Two legs, a body and a head, the same seen in a mirror."""
    alpha = np.zeros((BOX.height, BOX.width), np.float32)
    alpha[80:, 12:24] = alpha[80:, 36:48] = 1
    alpha[28:90, 8:52] = 1
    cv2.circle(alpha, (30, 14), 13, 1.0, -1)
    return np.maximum(alpha, alpha[:, ::-1])


def middle(weight: np.ndarray) -> tuple[float, float]:
    rows, columns = np.mgrid[: weight.shape[0], : weight.shape[1]] + 0.5
    return float((rows * weight).sum() / weight.sum()), float((columns * weight).sum() / weight.sum())
