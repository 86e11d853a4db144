//! Pod Security.
