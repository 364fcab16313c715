//! The client's side of a control connection: the user-PI.
