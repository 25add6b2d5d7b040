//! Programs written for a purpose.
