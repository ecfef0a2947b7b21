//! Nodes: control.
