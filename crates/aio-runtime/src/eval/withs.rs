//! Nodes: withs.
