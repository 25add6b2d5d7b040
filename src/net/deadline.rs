//! The one timeout of a request, from its start to the last byte of its body.
//!
//! It follows the script's clock where there is one, so that `timeout: 0.1` against `/delay/300` of the demo server does
//! the same on a virtual clock. But a virtual clock stands still while I/O with the outside is under way, and would
//! wait forever for a server that never answers. So real time counts too, whenever the other clock has stood still for
//! as long as the timeout.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::clock::{Clock, Sleep};

/// Time ran out.
#[derive(Debug)]
pub(crate) struct Elapsed;

/// The time that is left to a request.
pub(crate) struct Deadline {
    limit: Option<Duration>,
    /// Of real time, unless the script's clock passes with it.
    real: Option<Pin<Box<tokio::time::Sleep>>>,
    /// The script's clock, and what it will show at the end.
    script: Option<(Rc<dyn Clock>, Duration)>,
    /// What the script's clock showed when `real` was last set.
    seen: Duration,
}

impl Deadline {
    /// Begins to count now. Without a limit it never ends; without a clock only real time counts.
    pub fn new(limit: Option<Duration>, clock: Option<&Rc<dyn Clock>>) -> Self {
        let seen = clock.map_or(Duration::ZERO, |clock| clock.now());
        let real = limit.filter(|_| clock.is_none_or(|clock| clock.may_stand_still()));
        Self {
            limit,
            real: real.map(|length| Box::pin(tokio::time::sleep(length))),
            script: limit.and_then(|length| Some((Rc::clone(clock?), seen.saturating_add(length)))),
            seen,
        }
    }

    /// How long the whole request may take.
    pub fn limit(&self) -> Duration {
        self.limit.unwrap_or(Duration::MAX)
    }

    /// Waits for `work`, unless time runs out first.
    pub async fn race<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Elapsed> {
        // Looked at here, because a body that comes faster than it is read never waits.
        if self.has_passed() {
            return Err(Elapsed);
        }
        let mut work = pin!(work);
        // Made when needed and dropped with this call: a response that is merely kept must not keep a timer.
        let mut sleep = None;
        poll_fn(|cx| match work.as_mut().poll(cx) {
            Poll::Ready(value) => Poll::Ready(Ok(value)),
            Poll::Pending => self.poll(&mut sleep, cx).map(|()| Err(Elapsed)),
        })
        .await
    }

    fn has_passed(&self) -> bool {
        match (&self.script, &self.real) {
            (Some((clock, end)), _) => clock.now() >= *end,
            (None, Some(real)) => tokio::time::Instant::now() >= real.deadline(),
            (None, None) => false,
        }
    }

    fn poll(&mut self, sleep: &mut Option<Sleep>, cx: &mut Context<'_>) -> Poll<()> {
        if let Some((clock, end)) = &self.script {
            let sleep = sleep.get_or_insert_with(|| clock.sleep(end.saturating_sub(clock.now())));
            if sleep.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
        }
        let (Some(limit), Some(real)) = (self.limit, self.real.as_mut()) else {
            return Poll::Pending;
        };
        while real.as_mut().poll(cx).is_ready() {
            let now = self.script.as_ref().map_or(self.seen, |(clock, _)| clock.now());
            if now == self.seen {
                return Poll::Ready(());
            }
            // The script's clock moves, only slower than real time: it alone decides.
            self.seen = now;
            real.as_mut().reset(tokio::time::Instant::now() + limit.max(Duration::from_millis(1)));
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    /// A clock that shows `scale` times real time.
    struct Scaled(Instant, f64);

    impl Clock for Scaled {
        fn sleep(&self, duration: Duration) -> Sleep {
            match self.1 {
                0.0 => Box::pin(std::future::pending()),
                scale => Box::pin(tokio::time::sleep(duration.div_f64(scale))),
            }
        }

        fn now(&self) -> Duration {
            self.0.elapsed().mul_f64(self.1)
        }
    }

    /// How long a deadline of `limit` ms takes to pass on a clock of that scale, in real ms.
    fn passes_after(limit: u64, scale: Option<f64>) -> u128 {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let start = Instant::now();
            let clock = scale.map(|scale| Rc::new(Scaled(start, scale)) as Rc<dyn Clock>);
            let mut deadline = Deadline::new(Some(Duration::from_millis(limit)), clock.as_ref());
            assert!(deadline.race(std::future::pending::<()>()).await.is_err());
            start.elapsed().as_millis()
        })
    }

    #[test]
    fn real_time_counts_when_the_clock_stands_still_or_is_missing() {
        assert!((40..300).contains(&passes_after(40, None)));
        assert!((40..300).contains(&passes_after(40, Some(0.0))));
    }

    #[test]
    fn a_slow_or_fast_clock_decides() {
        assert!((200..600).contains(&passes_after(40, Some(0.2))));
        assert!(passes_after(10_000, Some(1000.0)) < 300);
    }
}
