//! Nodes: compare.
