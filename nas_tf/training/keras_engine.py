"""Keras's own training loop."""

import keras


class KerasEngine:
    """Keras's own training loop, one `fit` an epoch, on any backend."""

    def __init__(self, model, optimizer, jit_compile):
        model.compile(
            optimizer=optimizer or "sgd",
            loss="sparse_categorical_crossentropy",
            metrics=["accuracy"],
            jit_compile=jit_compile,
        )
        self._model = model

    def prefetched(self, batches):
        return batches

    def train(self, batches):
        dataset = _Batches(batches)
        if not len(dataset):
            raise ValueError("Expected batches. Received: none in an epoch")
        history = self._model.fit(dataset, shuffle=False, verbose=0).history
        return {name: history[name][0] for name in ("loss", "accuracy")}

    def evaluate(self, x, y, batch_size=256):
        metrics = self._model.evaluate(
            x, y, batch_size=batch_size, verbose=0, return_dict=True
        )
        return {name: metrics[name] for name in ("loss", "accuracy")}


class _Batches(keras.utils.PyDataset):
    """An epoch of known length: `fit` steps past the end of a generator."""

    def __init__(self, batches):
        super().__init__()
        self._batches = list(batches)

    def __len__(self):
        return len(self._batches)

    def __getitem__(self, index):
        return self._batches[index]
