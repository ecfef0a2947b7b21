//! Nodes: functions.
