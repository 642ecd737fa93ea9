"""A small convolutional network, added to the zoo from outside."""

import zoo

ZOO_API_VERSION = 1


def build(input_shape, num_classes):
    from keras import Input, Sequential, layers  # here, so that 'zoo list' stays fast

    return Sequential(
        [
            Input(input_shape, name="image"),
            layers.Conv2D(8, 5, strides=2, activation="relu"),
            layers.Conv2D(16, 3, strides=2, activation="relu"),
            layers.Flatten(),
            layers.Dense(num_classes),  # logits
        ]
    )


@zoo.hookimpl
def zoo_register_architectures(register):
    register(
        zoo.Architecture(
            name="hello",
            build=build,
            summary="Two strided convolutions",
            reference="https://example.org/hello",
            license="Apache-2.0",
            recipes={"mnist": zoo.Recipe(epochs=3)},
        )
    )
