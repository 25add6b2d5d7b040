//! HTTP.
use super::functions;

functions! {
    /// The HTTP status line's words.
    "http_reason(status)" => |_| {};
}
