"""What the tests of recurrent cells as trees share."""

from hypothesis import strategies as st

from nas_tf.specs import tree
from nas_tf.specs.tree import TreeSpec

# Zoph & Le 2017, figure 5.
EXAMPLE = TreeSpec(
    nodes=(("add", "tanh"), ("elem_mult", "relu"), ("elem_mult", "sigmoid")),
    inject=("add", "relu"),
    inject_index=0,
    cell_index=1,
)
FUNCTIONS = st.tuples(
    st.sampled_from(tree.ALL_COMBINATIONS),
    st.sampled_from(tree.ALL_ACTIVATIONS),
)


@st.composite
def specs(draw, min_base=1, max_base=9):
    """Draws a `TreeSpec` of a base in a range."""
    count = 2 * draw(st.integers(min_base, max_base)) - 1
    nodes = draw(st.lists(FUNCTIONS, min_size=count, max_size=count))
    numbers = st.integers(0, count - 1)
    return TreeSpec(tuple(nodes), draw(FUNCTIONS), draw(numbers), draw(numbers))
