//! Numbers for people: durations and sizes with a fitting unit, counts with commas.

const US: u64 = 1_000;
const MS: u64 = 1_000_000;
const S: u64 = 1_000_000_000;

/// A duration of so many nanoseconds in few characters: `85 us`, `12.3 ms`, `0.30 s`, `2 min 05 s`.
pub fn duration(nanos: u64) -> String {
    let of = |unit: u64| nanos as f64 / unit as f64;
    match nanos {
        0 => "0 s".to_string(),
        n if n < US => format!("{n} ns"),
        n if n < 10 * US - 50 => format!("{:.1} us", of(US)),
        n if n < MS - US / 2 => format!("{:.0} us", of(US)),
        n if n < 99 * MS + 950 * US => format!("{:.1} ms", of(MS)),
        n if n < 60 * S - 5 * MS => format!("{:.2} s", of(S)),
        n => {
            let seconds = n / S + u64::from(n % S >= S / 2);
            if seconds < 3600 {
                format!("{} min {:02} s", seconds / 60, seconds % 60)
            } else {
                format!("{} h {:02} min", seconds / 3600, seconds % 3600 / 60)
            }
        }
    }
}

/// For how long the loop was blocked: `99 ms`, `3.59 s`.
pub fn blocked(milliseconds: u64) -> String {
    match milliseconds {
        0..1000 => format!("{milliseconds} ms"),
        _ => duration(milliseconds.saturating_mul(MS)),
    }
}

/// A count with commas: `1,000`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number of bytes: `1 byte`, `512 bytes`, `1.5 KiB`, `10 MiB`. One that is a little more or less than it says has a
/// decimal: `10.0 MiB`.
pub fn bytes(size: impl TryInto<u64>) -> String {
    const UNITS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    let size = size.try_into().unwrap_or(u64::MAX);
    let hundredths = |unit: u64| (size as f64 / unit as f64 * 100.0).round() / 100.0;
    match UNITS.into_iter().find(|(_, unit)| hundredths(*unit) >= 1.0) {
        Some((name, unit)) if size.is_multiple_of(unit) => format!("{} {name}", size / unit),
        Some((name, unit)) if hundredths(unit).fract() == 0.0 => format!("{:.1} {name}", hundredths(unit)),
        Some((name, unit)) => format!("{} {name}", hundredths(unit)),
        None if size == 1 => "1 byte".to_owned(),
        None => format!("{size} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_the_unit_that_fits() {
        let cases = [
            (0, "0 s"),
            (999, "999 ns"),
            (1_500, "1.5 us"),
            (9_990, "10 us"),
            (85_400, "85 us"),
            (999_600, "1.0 ms"),
            (12_340_000, "12.3 ms"),
            (99_960_000, "0.10 s"),
            (300_000_000, "0.30 s"),
            (12_345_000_000, "12.35 s"),
            (59_999_000_000, "1 min 00 s"),
            (125_000_000_000, "2 min 05 s"),
            (7_380_000_000_000, "2 h 03 min"),
        ];
        for (nanos, text) in cases {
            assert_eq!(duration(nanos), text, "{nanos}");
        }
    }

    #[test]
    fn sizes_have_the_unit_that_fits() {
        let cases: [(u64, &str); 10] = [
            (0, "0 bytes"),
            (1, "1 byte"),
            (1_018, "1018 bytes"),
            (1_023, "1.0 KiB"),
            (1_536, "1.5 KiB"),
            (10_000, "9.77 KiB"),
            (1_048_575, "1.0 MiB"),
            (64 << 20, "64 MiB"),
            ((64 << 20) + 1, "64.0 MiB"),
            (5 << 30, "5 GiB"),
        ];
        for (size, text) in cases {
            assert_eq!(bytes(size), text, "{size}");
        }
    }

    #[test]
    fn counts_have_commas() {
        let shown: Vec<String> = [0, 999, 1000, 100_003, 1_000_000].map(count).into();
        assert_eq!(shown, ["0", "999", "1,000", "100,003", "1,000,000"]);
    }
}
