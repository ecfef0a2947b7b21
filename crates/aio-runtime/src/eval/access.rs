//! Nodes: access.
