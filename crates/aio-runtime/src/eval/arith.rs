//! Nodes: arith.
