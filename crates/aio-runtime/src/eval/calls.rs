//! Nodes: calls.
