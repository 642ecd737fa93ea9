"""Programs that run a model, one file each: Keras, TensorFlow (SavedModel), LiteRT (TFLite) and ONNX Runtime."""
