//! The index of artifacts: logical path to blob.
