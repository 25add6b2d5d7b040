//! The environment, and the date.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rhai::Dynamic;

use super::super::functions;
use super::super::values::Fallible;
use super::{World, thrown};
use crate::engine::Kernel;
use crate::engine::errors::{error, kind};
use crate::permissions::Thing;

functions! {
    /// The value of a variable of the environment, `()` if there is none. Needs `--allow-env`; throws "permission"
    /// without it, "value" for a value that is not UTF-8.
    ///
    /// ```
    /// assert(env("NO_SUCH_VARIABLE") ?? "default" == "default");
    /// ```
    ///
    /// asyncio: `os.environ.get`; JavaScript: `process.env`; tokio: `std::env::var`
    "env(name)" => |lib| {
        let world = World::of(lib);
        lib.engine.register_fn("env", move |name: &str| env(&world, name));
    };

    /// The date and time in UTC, an ISO string with milliseconds, such as "2026-01-01T00:00:00.000Z": such strings sort
    /// as the times do. On a virtual clock it is that moment when the run begins, and follows the clock.
    ///
    /// ```
    /// let t = utc_now();
    /// assert(t.len() == 24 && t.ends_with("Z"));
    /// await sleep(0.01);
    /// assert(utc_now() > t);
    /// ```
    ///
    /// asyncio: `datetime.now(UTC).isoformat()`; JavaScript: `new Date().toISOString()`; tokio: `std::time::SystemTime::now`
    "utc_now()" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("utc_now", move || iso(utc_now(&kernel)));
    };
}

/// When runs on a virtual clock begin: 2026-01-01, in seconds since 1970.
const VIRTUAL_START: u64 = 1_767_225_600;

fn env(world: &World, name: &str) -> Fallible {
    thrown(world.asker().allow(Thing::Env(name)))?;
    if name.is_empty() || name.contains(['=', '\0']) {
        return Err(error(kind::VALUE, format!("{name:?} can't be the name of a variable")));
    }
    match std::env::var(name) {
        Ok(value) => Ok(value.into()),
        Err(std::env::VarError::NotPresent) => Ok(Dynamic::UNIT),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(error(kind::VALUE, format!("the environment variable {name} is not UTF-8")))
        }
    }
}

fn utc_now(kernel: &Kernel) -> Duration {
    match kernel.clock.is_virtual() {
        true => Duration::from_secs(VIRTUAL_START) + Duration::from_nanos(kernel.clock.read()),
        false => SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(),
    }
}

/// A time since 1970 as ISO 8601 has it.
fn iso(time: Duration) -> String {
    let (days, rest) = (time.as_secs() / 86_400, time.as_secs() % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", time.subsec_millis())
}

/// Year, month and day of a number of days since 1970. The year is counted from March, so that leap days are its last.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468; // since the first of March of the year 0
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let months = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * months + 2) / 5 + 1;
    let month = if months < 10 { months + 3 } else { months - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        let text = |seconds| iso(Duration::from_secs(seconds));
        assert_eq!(text(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(text(VIRTUAL_START), "2026-01-01T00:00:00.000Z");
        assert_eq!(text(951_782_400), "2000-02-29T00:00:00.000Z");
        assert_eq!(text(951_868_800), "2000-03-01T00:00:00.000Z");
        assert_eq!(text(4_107_542_399), "2100-02-28T23:59:59.000Z");
        assert_eq!(text(4_107_542_400), "2100-03-01T00:00:00.000Z");
        assert_eq!(iso(Duration::from_millis(1_735_689_599_999)), "2024-12-31T23:59:59.999Z");
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let mut before = civil(0);
        for day in 1..200_000 {
            let next = civil(day);
            let first = next.2 == 1 && before.2 >= 28;
            assert!(next > before && (first || (next.1 == before.1 && next.2 == before.2 + 1)), "{before:?} {next:?}");
            before = next;
        }
    }
}
