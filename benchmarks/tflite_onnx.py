"""Small networks of mediapipe's wheel as ONNX graphs: how ``weights/selfie.onnx`` and ``weights/face.onnx`` were made.

    python benchmarks/tflite_onnx.py selfie_segmentation.tflite OUT.onnx
    python benchmarks/tflite_onnx.py face_detection_short_range.tflite OUT.onnx

The files lie in the wheel of mediapipe 0.10.21 (Apache-2.0), in mediapipe/modules/selfie_segmentation and .../face_detection.
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
        elif name == "PAD":
            self.padding(ins, out)
        elif name == "MAX_POOL_2D":
            pool = options(tflite.Pool2DOptions())
            sides = {"kernel_shape": [pool.FilterHeight(), pool.FilterWidth()], "strides": [pool.StrideH(), pool.StrideW()]}
            self.node("MaxPool", [f"t{ins[0]}"], f"t{out}", auto_pad=("SAME_UPPER", "VALID")[pool.Padding()], **sides)
        elif name == "RESHAPE":  # of a map of answers into a list of them: channels last, as they were trained
            self.node("Transpose", [f"t{ins[0]}"], f"t{out}_last", perm=[0, 2, 3, 1])
            self.node("Reshape", [f"t{out}_last", self.constant(f"r{out}", np.int64([0, *self.shape(out)[1:]]))], f"t{out}")
        elif name == "CONCATENATION":
            self.node("Concat", [f"t{each}" for each in ins], f"t{out}", axis=options(tflite.ConcatenationOptions()).Axis())
        else:
            raise SystemExit(f"There is an operator {name}: this is another network.")

    def padding(self, ins: list[int], out: int) -> None:
        before, after = self.values(ins[1])[[0, 3, 1, 2]].T  # of (n, height, width, channels)
        self.node("Pad", [f"t{ins[0]}", self.constant(f"p{out}", np.int64([*before, *after]))], f"t{out}")

    def resize(self, ins: list[int], out: int, options: Any) -> None:
        way = "half_pixel" if options.HalfPixelCenters() else "align_corners" if options.AlignCorners() else "asymmetric"
        factor = self.shape(out)[1] / self.shape(ins[0])[1]
        scales = self.constant(f"s{out}", np.float32([1, 1, factor, factor]))
        self.node("Resize", [f"t{ins[0]}", "", scales], f"t{out}", mode="linear", coordinate_transformation_mode=way)

    def converted(self) -> Any:
        """The ONNX model: from (n, 3, side, side) to what the network answers, named ``output``, or as there if that is several."""
        for at in range(self.graph.OperatorsLength()):
            self.operator(at)
        first, outputs = int(self.graph.Inputs(0)), [int(each) for each in self.graph.OutputsAsNumpy()]
        called = [self.graph.Tensors(at).Name().decode() for at in outputs] if len(outputs) > 1 else ["output"]
        names = {f"t{first}": "input"} | {f"t{at}": name for at, name in zip(outputs, called, strict=True)}
        for each in self.nodes:
            each.input[:] = [names.get(name, name) for name in each.input]
            each.output[:] = [names.get(name, name) for name in each.output]
        graph = helper.make_graph(
            self.nodes, "network", [self.end("input", first)], [self.end(names[f"t{at}"], at) for at in outputs], self.constants
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
        onnx.checker.check_model(model)
        return model

    def end(self, name: str, at: int) -> Any:
        """What goes in or comes out: a picture's channels first, a list as it is."""
        rest = self.shape(at)[1:]
        sides = [rest[2], *rest[:2]] if len(rest) == 3 else rest
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *sides])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("source", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    given.out.write_bytes(Converter(given.source.read_bytes()).converted().SerializeToString())


if __name__ == "__main__":
    main()
