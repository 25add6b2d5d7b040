//! What goes wrong with a WebSocket: how it is told to the script, and how to the other side.

use tokio_tungstenite::tungstenite::Error as WsError;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::net::error::Error;
use crate::units;

/// Whether the other side went away without a goodbye.
pub(super) fn is_gone(error: &WsError) -> bool {
    matches!(error, WsError::Io(_) | WsError::Protocol(ProtocolError::ResetWithoutClosingHandshake))
}

/// What the other side is told when it is at fault.
pub(super) fn reproach(error: &WsError, max_message: usize) -> Option<CloseFrame> {
    let (code, reason) = match error {
        WsError::Capacity(CapacityError::MessageTooLong { .. }) => {
            (CloseCode::Size, format!("a message may have {}", units::bytes(max_message)))
        }
        WsError::Utf8(_) => (CloseCode::Invalid, "text must be UTF-8".to_owned()),
        WsError::Protocol(_) if is_gone(error) => return None,
        WsError::Protocol(fault) => (CloseCode::Protocol, fault.to_string()),
        _ => return None,
    };
    Some(CloseFrame { code, reason: reason.into() })
}

/// What the script is told.
pub(super) fn explain(error: &WsError, max_message: usize) -> Error {
    match error {
        WsError::ConnectionClosed | WsError::AlreadyClosed => Error::closed("the other side has closed this WebSocket"),
        WsError::Protocol(ProtocolError::SendAfterClosing) => {
            Error::closed("this WebSocket is being closed: nothing can be sent any more")
        }
        WsError::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
            Error::network("the connection of this WebSocket broke: the other side went away without closing it")
        }
        WsError::Capacity(CapacityError::MessageTooLong { size: len, .. }) => Error::limit(format!(
            "a message of {} came, and {} are allowed: raise the limit with the option max_message",
            units::bytes(*len),
            units::bytes(max_message)
        )),
        WsError::Io(error) => Error::network(format!("the connection of this WebSocket broke: {error}")),
        other => Error::http(format!("the other side does not speak WebSocket properly: {other}")),
    }
}

/// What the script is told of one who sends pings and does not take the answers.
pub(super) fn flooded(pings: usize) -> Error {
    Error::http(format!(
        "the other side does not speak WebSocket properly: it has sent {pings} pings and does not read the answers"
    ))
}
