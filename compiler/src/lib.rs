//! The passes and the planner of the Ondine array compiler.
