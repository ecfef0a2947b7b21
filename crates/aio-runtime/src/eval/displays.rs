//! Nodes: displays.
