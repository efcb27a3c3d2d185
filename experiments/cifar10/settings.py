"""How networks are trained here, and by experiments that compare with them."""

# Five times as many images as a child has, augmented, and more epochs.
TASK = (
    "cifar10(image_size=16, train_examples=10_000, valid_examples=2000, "
    "batch_size=64)"
)
EPOCHS = 15
