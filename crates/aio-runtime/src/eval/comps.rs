//! Nodes: comps.
