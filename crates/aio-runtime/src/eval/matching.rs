//! Nodes: matching.
