"""People drawn with a known alpha, of which a matting network lost a part or to whom it added one."""

import cv2
import numpy as np

SKIN, COAT, WALL = (0.55, 0.38, 0.30), (0.15, 0.17, 0.25), (0.62, 0.66, 0.60)


class Drawn:
    """Somebody with an arm on their hip, cropped at the bottom: picture, true alpha, and what a coarse network sees of them."""

    def __init__(self) -> None:
        body, head = np.zeros((256, 256), np.uint8), np.zeros((256, 256), np.uint8)
        cv2.ellipse(head, (128, 78), (32, 42), 0, 0, 360, 1, -1)
        cv2.ellipse(body, (128, 256), (78, 150), 0, 0, 360, 1, -1)
        self.hole = np.zeros((256, 256), np.uint8)
        cv2.ellipse(self.hole, (68, 214), (5, 10), 0, 0, 360, 1, -1)
        solid = np.maximum(head, body)
        rng = np.random.default_rng(0)
        colors = np.where(head[..., None] > 0, SKIN, np.where(body[..., None] > 0, COAT, WALL))
        colors = np.where(self.hole[..., None] > 0, WALL, colors) + rng.normal(0, 0.02, (256, 256, 3))
        self.picture = np.clip(colors, 0, 1).astype(np.float32)
        self.head = head.astype(np.bool_)
        self.alpha = cv2.GaussianBlur((solid * (1 - self.hole)).astype(np.float32), (0, 0), 1.0)
        self.seen = cv2.GaussianBlur(solid.astype(np.float32), (0, 0), 2.0)  # too coarse for the hole

    def without(self, where: np.ndarray, left: float = 0.0) -> np.ndarray:
        """The alpha with a part lost, but for a little."""
        return np.where(where, left, self.alpha).astype(np.float32)


def disc(column: int, row: int, radius: int) -> np.ndarray:
    down, across = np.mgrid[:256, :256]
    return np.hypot(down - row, across - column) < radius
