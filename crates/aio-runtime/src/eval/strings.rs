//! Nodes: strings.
