"""NASNet-A of Zoph et al. 2018, and networks of any other pair of cells."""

from nas_tf.specs.cell_stack import CIFAR
from nas_tf.specs.cell_stack import IMAGENET
from nas_tf.specs.cell_stack import Layout
from nas_tf.specs.nasnet import NASNET_A

# Of the authors' ImageNet models.
MOMENTUM = 0.9997


def NASNet(  # noqa: N802
    spec=NASNET_A,
    num_repeats=6,
    filters=32,
    input_shape=(32, 32, 3),
    classes=10,
    stem=CIFAR,
    stem_filters=None,
    skip_reduction=False,
    auxiliary=False,
    drop_path_keep=1.0,
    drop_path_steps=None,
    dropout=0.0,
    batch_norm_momentum=0.9,
    batch_norm_epsilon=1e-3,
    name="nasnet",
):
    """Returns the network of a pair of cells as a Keras model.

    Args:
        spec: `nas_tf.specs.nasnet.NASNetSpec`, such as one that a search
            found, read by `nas_tf.load_spec`. Default: NASNet-A.
        num_repeats: Normal cells in each of the three stages, the paper's N.
            Default: 6.
        filters: Filters of a cell of the first stage, the paper's F. The
            name "6 @ 768" means N = 6 and 768 filters at the end, which is
            24 F for NASNet-A. Default: 32.
        input_shape: `(height, width, channels)`, default `(32, 32, 3)`.
        classes: Number of classes, default 10.
        stem: "cifar" (default) or "imagenet", which reduces height and width
            by 8 before the first stage.
        stem_filters: See `nas_tf.specs.cell_stack.Layout`.
        skip_reduction: See `Layout`.
        auxiliary: See `nas_tf.children.cell_stack.cell_stack`.
        drop_path_keep: See `cell_stack`.
        drop_path_steps: See `cell_stack`.
        dropout: See `cell_stack`.
        batch_norm_momentum: Momentum of the moving statistics in [0, 1),
            default 0.9.
        batch_norm_epsilon: Number added to the variance, default 0.001.
        name: Name of the model.

    Returns:
        An uncompiled `keras.Model` with random initial weights, from images
        `[B, height, width, channels]` to class probabilities `[B, classes]`.
    """
    from nas_tf.children.cell_stack import cell_stack

    layout = Layout(num_repeats, filters, stem, stem_filters, skip_reduction)
    return cell_stack(
        spec.normal,
        spec.reduction,
        layout,
        input_shape,
        classes,
        auxiliary=auxiliary,
        drop_path_keep=drop_path_keep,
        drop_path_steps=drop_path_steps,
        dropout=dropout,
        batch_norm_momentum=batch_norm_momentum,
        batch_norm_epsilon=batch_norm_epsilon,
        name=name,
    )


def NASNetACifar(input_shape=(32, 32, 3), classes=10, name="nasnet_a_cifar"):  # noqa: N802
    """Returns NASNet-A (6 @ 768) for CIFAR.

    With the default arguments it has 3,346,538 trainable parameters. The paper
    reports a test error of 3.41 % on CIFAR-10, and of 2.65 % with cutout
    (Table 1).

    Args:
        input_shape: `(height, width, channels)`, default `(32, 32, 3)`.
        classes: Number of classes, default 10.
        name: Name of the model.

    Returns:
        See `NASNet`.
    """
    return NASNet(
        NASNET_A,
        6,
        32,
        input_shape,
        classes,
        batch_norm_epsilon=1e-5,
        name=name,
    )


def NASNetMobile(  # noqa: N802
    input_shape=(224, 224, 3), classes=1000, name="nasnet_mobile"
):
    """Returns NASNet-A (4 @ 1056) for ImageNet.

    With the default arguments it has 5,289,978 trainable parameters and
    computes what `keras.applications.NASNetMobile` computes. The weights are
    in the same order, so published ones are copied by
    `model.set_weights(keras.applications.NASNetMobile().get_weights())`; they
    expect pixels from -1 to 1.

    Args:
        input_shape: `(height, width, channels)`, default `(224, 224, 3)`.
        classes: Number of classes, default 1000.
        name: Name of the model.

    Returns:
        See `NASNet`.
    """
    return NASNet(
        NASNET_A,
        4,
        44,
        input_shape,
        classes,
        stem=IMAGENET,
        batch_norm_momentum=MOMENTUM,
        name=name,
    )


def NASNetLarge(  # noqa: N802
    input_shape=(331, 331, 3), classes=1000, name="nasnet_large"
):
    """Returns NASNet-A (6 @ 4032) for ImageNet.

    With the default arguments it has 88,753,150 trainable parameters and
    computes what `keras.applications.NASNetLarge` computes; see `NASNetMobile`
    for its weights.

    Args:
        input_shape: `(height, width, channels)`, default `(331, 331, 3)`.
        classes: Number of classes, default 1000.
        name: Name of the model.

    Returns:
        See `NASNet`.
    """
    return NASNet(
        NASNET_A,
        6,
        168,
        input_shape,
        classes,
        stem=IMAGENET,
        stem_filters=96,
        skip_reduction=True,
        batch_norm_momentum=MOMENTUM,
        name=name,
    )
