//! Nodes: classes.
