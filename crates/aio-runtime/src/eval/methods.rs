//! Nodes: methods.
