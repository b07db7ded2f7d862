"""The small person network of mediapipe's wheel as an ONNX graph: how ``weights/selfie.onnx`` was made.

    python benchmarks/selfie_onnx.py selfie_segmentation.tflite OUT.onnx

The file lies in the wheel of mediapipe 0.10.21 (Apache-2.0) as mediapipe/modules/selfie_segmentation/selfie_segmentation.tflite.
Needs `pip install tflite onnx`. Weights stay in halves, as there; channels come first in ONNX and last in TensorFlow Lite.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import tflite
from onnx import TensorProto, helper, numpy_helper

ACTIVATION = {0: None, 1: "Relu"}
NAMES = {value: name for name, value in vars(tflite.BuiltinOperator).items() if isinstance(value, int)}
HALF = 1  # tflite.TensorType.FLOAT16


class Converter:
    """Walks the operators in order; each knows how ONNX says the same."""

    def __init__(self, content: bytes) -> None:
        self.model = tflite.Model.GetRootAsModel(content, 0)
        self.graph = self.model.Subgraphs(0)
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.halves: dict[int, int] = {}

    def shape(self, at: int) -> list[int]:
        return [int(side) for side in self.graph.Tensors(at).ShapeAsNumpy()]

    def values(self, at: int) -> np.ndarray:
        """A constant tensor's values, found through DEQUANTIZE where it is stored in halves."""
        tensor = self.graph.Tensors(self.halves.get(at, at))
        kind = {0: np.float32, HALF: np.float16, 2: np.int32}[tensor.Type()]
        raw = self.model.Buffers(tensor.Buffer()).DataAsNumpy()
        return np.frombuffer(raw.tobytes(), kind).reshape(tensor.ShapeAsNumpy())

    def constant(self, name: str, array: np.ndarray) -> str:
        """The name of a float32 constant, stored in halves where the source does."""
        half = array.dtype == np.float16
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name + "_half" if half else name))
        if half:
            self.nodes.append(helper.make_node("Cast", [name + "_half"], [name], to=TensorProto.FLOAT))
        return name

    def node(self, kind: str, inputs: list[str], output: str, activation: int = 0, **more: Any) -> None:
        """A node, and the activation that TensorFlow Lite folds into it."""
        then = ACTIVATION[activation]
        self.nodes.append(helper.make_node(kind, inputs, [output + "_before" if then else output], **more))
        if then:
            self.nodes.append(helper.make_node(then, [output + "_before"], [output]))

    def convolution(self, ins: list[int], out: int, options: Any, depthwise: bool) -> None:
        kernel = self.values(ins[1])  # (out, height, width, in), or (1, height, width, channels)
        kernel = kernel.transpose(3, 0, 1, 2) if depthwise else kernel.transpose(0, 3, 1, 2)
        names = [f"t{ins[0]}", self.constant(f"w{out}", kernel), self.constant(f"b{out}", self.values(ins[2]))]
        more: dict[str, Any] = {"strides": [options.StrideH(), options.StrideW()], "group": len(kernel) if depthwise else 1}
        more["auto_pad"] = ("SAME_UPPER", "VALID")[options.Padding()]
        self.node("Conv", names, f"t{out}", options.FusedActivationFunction(), **more)

    def operator(self, at: int) -> None:
        node = self.graph.Operators(at)
        code = self.model.OperatorCodes(node.OpcodeIndex())
        name = NAMES[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
        ins, out = [int(each) for each in node.InputsAsNumpy()], int(node.OutputsAsNumpy()[0])
        table = node.BuiltinOptions()

        def options(kind: Any) -> Any:
            kind.Init(table.Bytes, table.Pos)
            return kind

        if name == "DEQUANTIZE":
            self.halves[out] = ins[0]
        elif name == "CONV_2D":
            self.convolution(ins, out, options(tflite.Conv2DOptions()), depthwise=False)
        elif name == "DEPTHWISE_CONV_2D":
            self.convolution(ins, out, options(tflite.DepthwiseConv2DOptions()), depthwise=True)
        elif name in ("RELU", "LOGISTIC", "HARD_SWISH"):
            self.node({"RELU": "Relu", "LOGISTIC": "Sigmoid", "HARD_SWISH": "HardSwish"}[name], [f"t{ins[0]}"], f"t{out}")
        elif name in ("ADD", "MUL"):
            how = options(tflite.AddOptions() if name == "ADD" else tflite.MulOptions())
            self.node(name.title(), [f"t{each}" for each in ins], f"t{out}", how.FusedActivationFunction())
        elif name == "AVERAGE_POOL_2D":
            pool = options(tflite.Pool2DOptions())
            if [pool.FilterHeight(), pool.FilterWidth()] != self.shape(ins[0])[1:3]:
                raise SystemExit("A pool that is not over the whole picture: this is another network.")
            self.node("GlobalAveragePool", [f"t{ins[0]}"], f"t{out}")
        elif name == "RESIZE_BILINEAR":
            self.resize(ins, out, options(tflite.ResizeBilinearOptions()))
        elif name == "CUSTOM":  # Convolution2DTransposeBias: stride 2, kernel 2, so no two answers overlap
            kernel = self.values(ins[1]).transpose(3, 0, 1, 2)
            names = [f"t{ins[0]}", self.constant(f"w{out}", kernel), self.constant(f"b{out}", self.values(ins[2]))]
            self.node("ConvTranspose", names, f"t{out}", strides=[2, 2])
        else:
            raise SystemExit(f"There is an operator {name}: this is another network.")

    def resize(self, ins: list[int], out: int, options: Any) -> None:
        way = "half_pixel" if options.HalfPixelCenters() else "align_corners" if options.AlignCorners() else "asymmetric"
        factor = self.shape(out)[1] / self.shape(ins[0])[1]
        scales = self.constant(f"s{out}", np.float32([1, 1, factor, factor]))
        self.node("Resize", [f"t{ins[0]}", "", scales], f"t{out}", mode="linear", coordinate_transformation_mode=way)

    def converted(self) -> Any:
        """The ONNX model, from (n, 3, 256, 256) sRGB in [0, 1] to (n, 1, 256, 256)."""
        for at in range(self.graph.OperatorsLength()):
            self.operator(at)
        first, last = f"t{self.graph.Inputs(0)}", f"t{self.graph.Outputs(0)}"
        for each in self.nodes:
            each.input[:] = ["input" if name == first else name for name in each.input]
            each.output[:] = ["output" if name == last else name for name in each.output]
        side = self.shape(int(self.graph.Inputs(0)))[1:3]
        ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, ["batch", c, *side]) for n, c in (("input", 3), ("output", 1))]
        graph = helper.make_graph(self.nodes, "selfie", ends[:1], ends[1:], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
        onnx.checker.check_model(model)
        return model


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("source", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    given.out.write_bytes(Converter(given.source.read_bytes()).converted().SerializeToString())


if __name__ == "__main__":
    main()
