//! Being woken at a moment of the machine's clock.
//!
//! tokio's own timers tick in milliseconds. On Linux a timer of the kernel's is late by some microseconds only.

use std::future::Future as _;
use std::task::{Context, Poll};
use std::time::Instant;

#[cfg(target_os = "linux")]
mod fine {
    use std::os::fd::OwnedFd;

    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
    };
    use tokio::io::unix::AsyncFd;

    use super::{Context, Instant, Poll};

    /// A timer of the kernel's; none if it gave us none.
    pub struct Fine {
        timer: Option<AsyncFd<OwnedFd>>,
        armed: Option<Instant>,
    }

    impl Fine {
        pub fn new() -> Self {
            let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
            let timer = timerfd_create(TimerfdClockId::Monotonic, flags).ok();
            // deprecated because a type may lie about the descriptor that it owns; OwnedFd does not, and the
            // replacement is an unsafe function
            #[expect(deprecated)]
            let timer = timer.and_then(|fd| AsyncFd::new(fd).ok());
            Self { timer, armed: None }
        }

        /// None if there is no such timer to be had.
        pub fn poll(&mut self, moment: Instant, cx: &mut Context) -> Option<Poll<()>> {
            let timer = self.timer.as_ref()?;
            if self.armed != Some(moment) {
                let rest = moment.saturating_duration_since(Instant::now());
                let value = Timespec {
                    tv_sec: rest.as_secs().try_into().unwrap_or(i64::MAX / 2),
                    tv_nsec: i64::from(rest.subsec_nanos()).max(1) as _, // zero would disarm it
                };
                let spec = Itimerspec { it_interval: Timespec { tv_sec: 0, tv_nsec: 0 }, it_value: value };
                timerfd_settime(timer.get_ref(), TimerfdTimerFlags::empty(), &spec).ok()?;
                self.armed = Some(moment);
            }
            loop {
                match timer.poll_read_ready(cx) {
                    Poll::Pending => return Some(Poll::Pending),
                    Poll::Ready(Err(_)) => return None,
                    Poll::Ready(Ok(mut guard)) => {
                        let mut count = [0u8; 8];
                        if rustix::io::read(timer.get_ref(), &mut count).is_ok() {
                            self.armed = None;
                            return Some(Poll::Ready(()));
                        }
                        guard.clear_ready();
                    }
                }
            }
        }
    }
}

/// One alarm, which rings at the moment it was last polled for.
pub struct Alarm {
    #[cfg(target_os = "linux")]
    fine: fine::Fine,
    coarse: Option<std::pin::Pin<Box<tokio::time::Sleep>>>,
}

impl Alarm {
    /// Must be called on a tokio runtime with I/O and time.
    pub fn new() -> Self {
        Self {
            #[cfg(target_os = "linux")]
            fine: fine::Fine::new(),
            coarse: None,
        }
    }

    /// Ready when the moment has come.
    pub fn poll(&mut self, moment: Instant, cx: &mut Context) -> Poll<()> {
        #[cfg(target_os = "linux")]
        if let Some(poll) = self.fine.poll(moment, cx) {
            return poll;
        }
        let moment = tokio::time::Instant::from_std(moment);
        let sleep = self.coarse.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(moment)));
        if sleep.deadline() != moment {
            sleep.as_mut().reset(moment);
        }
        sleep.as_mut().poll(cx)
    }
}

impl Default for Alarm {
    fn default() -> Self {
        Self::new()
    }
}
