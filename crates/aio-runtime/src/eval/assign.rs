//! Nodes: assign.
