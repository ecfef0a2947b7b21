//! Nodes: imports.
