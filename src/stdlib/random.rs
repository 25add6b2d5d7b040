//! Random numbers.

use std::cell::Cell;
use std::hash::{BuildHasher as _, RandomState};
use std::rc::Rc;

use rhai::{Array, Dynamic};

use super::functions;
use super::values::Fallible;
use crate::draws;
use crate::engine::Kernel;
use crate::engine::errors::{error, kind};
use crate::lang::touch::{Access, Thing};

functions! {
    /// A random float from 0 up to, but not including, 1. With a seed, an integer: a generator with `float()`,
    /// `int(from, to)`, `choice(array)` and `shuffle(array)`, which gives the same numbers in every run. A run with
    /// `--seed` gives the same numbers without a seed, too. Not for secrets.
    ///
    /// ```
    /// let x = random();
    /// assert(x >= 0.0 && x < 1.0);
    /// assert(random(7).float() == random(7).float());
    /// ```
    ///
    /// asyncio: `random.random()`, `random.Random(seed)`; JavaScript: `Math.random()`; tokio: the crate `rand`
    "random([seed])" => |lib| {
        lib.engine.register_type_with_name::<Generator>("generator");
        for name in ["to_string", "to_debug"] {
            lib.engine.register_fn(name, |_: &mut Generator| "<generator>".to_string());
        }
        let seed = lib.host.seed().unwrap_or_else(|| RandomState::new().hash_one(0));
        lib.kernel.random.set(seed);
        let common = Generator(lib.kernel.random.clone());
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("random", move || {
            kernel.shared.touches.touch(Thing::Random, Access::Write);
            common.float()
        });
        lib.engine.register_fn("random", |seed: i64| Generator::new(seed.cast_unsigned()));
    };

    /// A float from 0 up to, but not including, 1.
    ///
    /// ```
    /// let rng = random(1);
    /// let jitter = 0.5 + rng.float() / 2;
    /// assert(jitter >= 0.5 && jitter < 1.0);
    /// ```
    ///
    /// asyncio: `Random.random`; JavaScript: `Math.random`; tokio: `rng.random::<f64>()`
    "generator.float()" => |lib| {
        lib.engine.register_fn("float", |g: &mut Generator| g.float());
    };

    /// An integer from `from` to `to`, both included. Throws "value" if there is none.
    ///
    /// ```
    /// let rng = random(1);
    /// let die = rng.int(1, 6);
    /// assert(die >= 1 && die <= 6);
    /// ```
    ///
    /// asyncio: `Random.randint`; JavaScript: `Math.floor(Math.random() * n)`; tokio: `rng.random_range`
    "generator.int(from, to)" => |lib| {
        lib.engine.register_fn("int", |g: &mut Generator, from: i64, to: i64| match from <= to {
            true => Ok(g.int(from, to)),
            false => Err(error(kind::VALUE, format!("there is no integer from {from} to {to}: the smaller one comes first"))),
        });
    };

    /// One of the items of an array. Throws "value" if it is empty.
    ///
    /// ```
    /// let rng = random(1);
    /// assert(rng.choice(["red", "green"]) in ["red", "green"]);
    /// ```
    ///
    /// asyncio: `Random.choice`; JavaScript: `a[Math.floor(Math.random() * a.length)]`; tokio: `IndexedRandom::choose`
    "generator.choice(array)" => |lib| {
        lib.engine.register_fn("choice", |g: &mut Generator, list: Array| choice(g, list));
    };

    /// The items of an array in random order, a new array.
    ///
    /// ```
    /// let cards = random(1).shuffle([1, 2, 3, 4]);
    /// assert(cards.len() == 4 && cards.reduce(|sum, n| sum + n, 0) == 10);
    /// ```
    ///
    /// asyncio: `Random.shuffle`; JavaScript: a loop of swaps; tokio: `SliceRandom::shuffle`
    "generator.shuffle(array)" => |lib| {
        lib.engine.register_fn("shuffle", |g: &mut Generator, list: Array| g.shuffle(list));
    };
}

/// A generator of numbers. Copies of it go on together.
#[derive(Clone)]
pub(super) struct Generator(Rc<Cell<u64>>);

impl Generator {
    fn new(seed: u64) -> Self {
        Self(Rc::new(Cell::new(seed)))
    }

    /// A seed for somebody who is to have numbers of their own: the next of the numbers that scripts draw without a seed.
    pub fn next_seed(kernel: &Kernel) -> u64 {
        kernel.shared.touches.touch(Thing::Random, Access::Write);
        Self(kernel.random.clone()).next()
    }

    fn next(&self) -> u64 {
        self.0.set(self.0.get().wrapping_add(draws::STEP));
        draws::mix(self.0.get())
    }

    /// As many bits as a float between 0 and 1 holds.
    fn float(&self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// From 0 up to, but not including, `count`; each as likely: the high half of a product, of which the few that
    /// would come up too often are thrown away.
    fn below(&self, count: u64) -> u64 {
        loop {
            let product = u128::from(self.next()) * u128::from(count);
            if product as u64 >= count.wrapping_neg() % count {
                return (product >> 64) as u64;
            }
        }
    }

    fn int(&self, from: i64, to: i64) -> i64 {
        let offset = match to.wrapping_sub(from).cast_unsigned().checked_add(1) {
            Some(count) => self.below(count),
            None => self.next(), // all that there are
        };
        from.wrapping_add(offset.cast_signed())
    }

    fn shuffle(&self, mut list: Array) -> Array {
        for i in (1..list.len()).rev() {
            list.swap(i, self.below(i as u64 + 1) as usize);
        }
        list
    }
}

fn choice(generator: &Generator, mut list: Array) -> Fallible {
    match list.len() {
        0 => Err(error(kind::VALUE, "there is nothing to choose from: the array is empty")),
        len => Ok(list.swap_remove(generator.below(len as u64) as usize)),
    }
}

/// How a generator prints.
pub(super) fn show(value: &Dynamic) -> Option<String> {
    value.is::<Generator>().then(|| "<generator>".to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_splitmix64() {
        let generator = Generator::new(1_234_567);
        let expected = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423_u64];
        assert_eq!([(); 3].map(|()| generator.next()), expected);
    }

    #[test]
    fn integers_fill_their_range_evenly() {
        let generator = Generator::new(1);
        let mut counts = [0; 6];
        for _ in 0..60_000 {
            counts[(generator.int(-2, 3) + 2) as usize] += 1;
        }
        assert!(counts.iter().all(|n| (9_500..10_500).contains(n)), "{counts:?}");
        assert_eq!(generator.int(5, 5), 5);
        let _ = generator.int(i64::MIN, i64::MAX);
    }

    #[test]
    fn shuffling_loses_nothing() {
        let list: Array = (0..100).map(Dynamic::from_int).collect();
        let mut sorted: Vec<i64> = Generator::new(3).shuffle(list).iter().filter_map(|d| d.as_int().ok()).collect();
        assert_ne!(sorted, (0..100).collect::<Vec<i64>>());
        sorted.sort_unstable();
        assert_eq!(sorted, (0..100).collect::<Vec<i64>>());
    }
}
