//! Nodes: tries.
