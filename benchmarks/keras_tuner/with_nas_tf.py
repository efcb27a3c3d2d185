"""Usage: python with_nas_tf.py FOLDER SEED EXECUTOR"""

import sys

import numpy as np
from sklearn.datasets import load_digits

import nas_tf

if __name__ == "__main__":
    folder, seed, executor = sys.argv[1:]
    digits = load_digits()
    order = np.random.default_rng(0).permutation(len(digits.target))
    x = digits.images[order, :, :, None].astype("uint8")
    y = digits.target[order]
    result = nas_tf.run_search(
        "conv(num_layers=4, num_filters=(4, 8, 12, 16), "
        "skip_connections=False)",
        (x[:900], y[:900]),
        validation_data=(x[900:1500], y[900:1500]),
        test_data=(x[1500:], y[1500:]),
        epochs=5,
        learning_rate=0.1,
        max_children=12,
        executor=executor,
        run_dir=folder,
        seed=int(seed),
    )
    print(result)
    model = result.best_model(epochs=20)
    print("test", model.evaluate(x[1500:], y[1500:], verbose=0)[1])
