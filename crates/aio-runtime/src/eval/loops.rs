//! Nodes: loops.
