"""Numbers for clips. Frames (frames, height, width, 3) float32, sRGB-encoded in [0, 1]; masks and alphas (frames, height, width).

Flows are given, (frames - 1, height, width, 2) float32: at a pixel of frame t + 1, how far right and down of it its place in frame
t lies. The published numbers use FlowNet2, which is not among the dependencies; ``dense_flow`` is OpenCV's DIS flow (Kroeger et al.
2016), so figures made with it compare methods with each other but not with the papers.
"""

import itertools

import cv2
import numpy as np
import numpy.typing as npt

from cleanplate.pixels.color import FloatArray, to_uint8

DoubleArray = npt.NDArray[np.float64]


def dense_flow(frames: FloatArray, backward: bool = True) -> FloatArray:
    """DIS flow between neighboring frames, from the later to the earlier or (not ``backward``) from the earlier to the later."""
    estimator = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)  # type: ignore[attr-defined]
    gray = [cv2.cvtColor(to_uint8(frame), cv2.COLOR_RGB2GRAY) for frame in frames]
    pairs = [(after, before) if backward else (before, after) for before, after in itertools.pairwise(gray)]
    return np.stack([np.asarray(estimator.calc(start, end, None), np.float32) for start, end in pairs])


def warp(array: FloatArray, flow: FloatArray) -> FloatArray:
    """What lies where the flow points, bilinear, edges repeated: ``out(p) = array(p + flow(p))``.

    >>> warp(np.array([[1, 2, 3]], np.float32), np.full((1, 3, 2), [1, 0], np.float32)).tolist()
    [[2.0, 3.0, 3.0]]
    """
    rows, columns = np.mgrid[: flow.shape[0], : flow.shape[1]].astype(np.float32)
    found = cv2.remap(array, columns + flow[..., 0], rows + flow[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.float32)


# ---- TL ------------------------------------------------------------------------------------------------------------


def pair_loss(answers: FloatArray, photos: FloatArray, mask: FloatArray, flow: FloatArray) -> float:
    """TL of frames t, t + 1: ``255^2 sum w^2 |warp(Y_t) - Y_t+1|^2 / sum w``, ``w = warp(M_t) mean_c exp(-|warp(R_t) - R_t+1|)``.

    Lu et al., *Deep Video Harmonization with Color Mapping Consistency*, IJCAI 2022 (their code).

    Args:
        answers, photos: the two frames of the answer Y and of the real clip R, (2, height, width, 3).
        mask: of frame t, (height, width).
    """
    alike = np.exp(-np.abs(warp(photos[0], flow).astype(np.float64) - photos[1])).mean(-1)
    weight = warp(mask, flow) * alike
    moved = ((warp(answers[0], flow).astype(np.float64) - answers[1]) ** 2).sum(-1)
    return float(255**2 * (weight**2 * moved).sum() / max(float(weight.sum()), 1e-6))


def temporal_loss(answers: FloatArray, photos: FloatArray, masks: FloatArray, flows: FloatArray) -> float:
    """TL of a clip, the mean over its pairs of frames; see ``pair_loss``."""
    return float(np.mean([pair_loss(answers[t : t + 2], photos[t : t + 2], masks[t], flow) for t, flow in enumerate(flows)]))


# ---- RTC -----------------------------------------------------------------------------------------------------------


def excess(gaps: DoubleArray) -> float:
    """``mean_t [e^2 + max(e - mean e, 0)^2]``: what is far from the real clip counts twice; e (pairs, ...), pixels averaged too.

    >>> excess(np.array([0.0, 2.0]))
    2.5
    """
    return float((gaps**2 + np.maximum(gaps - gaps.mean(0), 0) ** 2).mean())


def relative_consistency(answers: FloatArray, photos: FloatArray) -> float:
    """RTC: how differently the answer's brightness (V of HSV, 0 to 255) changes from frame to frame than the real clip's.

    ``e = |g_answer - g_real|`` in every pixel with g the difference of neighboring frames, then ``excess``. Guo et al., *Video
    Harmonization with Triplet Spatio-Temporal Variation Patterns*, CVPR 2024.
    """
    changes = [np.diff(255 * each.astype(np.float64).max(-1), axis=0) for each in (answers, photos)]
    return excess(np.abs(changes[0] - changes[1]))


def foreground_consistency(answers: FloatArray, photos: FloatArray, masks: FloatArray) -> float:
    """fR-RTC: as RTC, of one number for each frame, the mean brightness inside the mask."""
    area = np.maximum(masks.astype(np.float64).sum((1, 2)), 1e-6)
    means = [(255 * each.astype(np.float64).max(-1) * masks).sum((1, 2)) / area for each in (answers, photos)]
    return excess(np.abs(np.diff(means[0]) - np.diff(means[1])))


# ---- warping error -------------------------------------------------------------------------------------------------


def seen(backward: FloatArray, forward: FloatArray) -> npt.NDArray[np.bool_]:
    """Where a flow can be trusted: forward and backward cancel, ``|f + b|^2 < 0.01 (|f|^2 + |b|^2) + 0.5`` (Sundaram et al. 2010).

    Args:
        backward, forward: (height, width, 2) from frame t + 1 to t and back.
    """
    returned = warp(forward, backward)
    both = (backward**2).sum(-1) + (returned**2).sum(-1)
    return np.asarray(((backward + returned) ** 2).sum(-1) < 0.01 * both + 0.5, np.bool_)


def warping_error(answers: FloatArray, backward: FloatArray, forward: FloatArray) -> float:
    """``mean |Y_t+1 - warp(Y_t)|^2`` over the pixels seen in both frames, mean over pairs, in [0, 3]; Lai et al., ECCV 2018.

    Pairs in which no pixel is seen twice are left out; 0 where all are.
    """
    errors = []
    for t, flow in enumerate(backward):
        both = seen(flow, forward[t])
        if both.any():
            moved = ((answers[t + 1].astype(np.float64) - warp(answers[t], flow)) ** 2).sum(-1)
            errors.append(float(moved[both].mean()))
    return float(np.mean(errors)) if errors else 0.0
