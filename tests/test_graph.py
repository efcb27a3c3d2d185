"""Directed graphs of labelled nodes."""

from nas_tf.specs.graph import Graph
from nas_tf.specs.graph import chain


def test_a_chain_leads_from_each_node_to_the_next():
    graph = chain(["a", "b", "c"])
    assert graph == Graph(("a", "b", "c"), ((0, 1), (1, 2)))
    assert (graph.title, graph.positions) == ("", ())


def test_a_chain_of_one_node_has_no_edges():
    assert chain(["a"]) == Graph(("a",), ())
