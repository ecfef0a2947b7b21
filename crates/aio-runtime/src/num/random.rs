//! The generator behind the module `random`: the same seed gives the same numbers as in CPython.
//!
//! It is the Mersenne Twister (MT19937): 624 words of state, renewed all at once, tempered on the way out. Distributions
//! are in `random/distributions.rs`. Where a script gives no seed, the evaluator takes one from the system.

use num_bigint::{BigInt, BigUint};
use num_traits::Zero as _;
use sha2::{Digest as _, Sha512};

use super::{Fault, Int, IntRef, bits, hash};

mod distributions;

const WORDS: usize = 624;
const MIDDLE: usize = 397;

/// A generator and its state.
#[derive(Clone, Debug)]
pub struct Random {
    state: [u32; WORDS],
    next: usize,
    /// The second of the two numbers that `gauss` makes at a time.
    gauss_next: Option<f64>,
}

impl Random {
    /// A generator seeded with an integer, as `random.seed(7)`: only the absolute value counts.
    pub fn from_int(seed: IntRef<'_>) -> Self {
        let size = seed.to_big().magnitude().clone();
        Self::from_size(&size)
    }

    /// A generator seeded with a float, as `random.seed(0.5)`: by its hash.
    pub fn from_f64(seed: f64) -> Self {
        Self::from_hash(hash::hash_f64(seed))
    }

    /// A generator seeded with an object's hash.
    pub fn from_hash(hash: i64) -> Self {
        Self::from_size(&BigUint::from(hash as u64))
    }

    /// A generator seeded with text or bytes: by them and their digest.
    pub fn from_bytes(seed: &[u8]) -> Self {
        let digest = Sha512::digest(seed);
        let whole = [seed, digest.as_slice()].concat();
        Self::from_size(&BigUint::from_bytes_be(&whole))
    }

    fn from_size(seed: &BigUint) -> Self {
        let mut key = seed.to_u32_digits();
        if key.is_empty() {
            key.push(0);
        }
        Self::from_key(&key)
    }

    /// The reference initialization by an array.
    #[expect(clippy::indexing_slicing, reason = "places are kept below the length")]
    fn from_key(key: &[u32]) -> Self {
        let mut state = [0u32; WORDS];
        state[0] = 19_650_218;
        for idx in 1..WORDS {
            state[idx] = spread(state[idx - 1], 1_812_433_253).wrapping_add(idx as u32);
        }
        let mut idx = 1;
        let wrap = |state: &mut [u32; WORDS], idx: usize| {
            if idx < WORDS {
                return idx;
            }
            state[0] = state[WORDS - 1];
            1
        };
        for round in 0..WORDS.max(key.len()) {
            let turn = round % key.len();
            state[idx] = (state[idx] ^ spread(state[idx - 1], 1_664_525))
                .wrapping_add(key[turn])
                .wrapping_add(turn as u32);
            idx = wrap(&mut state, idx + 1);
        }
        for _ in 1..WORDS {
            state[idx] =
                (state[idx] ^ spread(state[idx - 1], 1_566_083_941)).wrapping_sub(idx as u32);
            idx = wrap(&mut state, idx + 1);
        }
        state[0] = 0x8000_0000;
        Self {
            state,
            next: WORDS,
            gauss_next: None,
        }
    }

    /// Renews the whole state.
    #[expect(clippy::indexing_slicing, reason = "places are kept below the length")]
    fn twist(&mut self) {
        for idx in 0..WORDS {
            let joined =
                self.state[idx] & 0x8000_0000 | self.state[(idx + 1) % WORDS] & 0x7fff_ffff;
            let matrix = if joined & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[idx] = self.state[(idx + MIDDLE) % WORDS] ^ joined >> 1 ^ matrix;
        }
        self.next = 0;
    }

    /// The next 32 bits.
    #[expect(clippy::indexing_slicing, reason = "places are kept below the length")]
    fn next_u32(&mut self) -> u32 {
        if self.next >= WORDS {
            self.twist();
        }
        let mut y = self.state[self.next];
        self.next += 1;
        y ^= y >> 11;
        y ^= y << 7 & 0x9d2c_5680;
        y ^= y << 15 & 0xefc6_0000;
        y ^ y >> 18
    }

    /// `random()`: 53 bits below one.
    pub fn random(&mut self) -> f64 {
        let high = f64::from(self.next_u32() >> 5);
        let low = f64::from(self.next_u32() >> 6);
        (high * 67_108_864.0 + low) * (1.0 / 9_007_199_254_740_992.0)
    }

    /// `getrandbits(count)`.
    pub fn bits(&mut self, count: IntRef<'_>) -> Result<Int, Fault> {
        if count.is_negative() {
            return Err(Fault::value("number of bits must be non-negative"));
        }
        let Some(count) = count.to_i64() else {
            return Err(Fault::overflow("Python int too large to convert to C int"));
        };
        if count > i64::from(i32::MAX) {
            return Err(Fault::overflow("Python int too large to convert to C int"));
        }
        if count < 64 {
            return Ok(Int::Small(self.small_bits(count as u32) as i64));
        }
        let words = self.words(count as u64);
        Ok(Int::from(BigInt::from(BigUint::new(words))))
    }

    /// Up to 64 bits.
    fn small_bits(&mut self, count: u32) -> u64 {
        match count {
            0 => 0,
            1..=32 => u64::from(self.next_u32() >> (32 - count)),
            _ => {
                let low = u64::from(self.next_u32());
                let high = u64::from(self.next_u32() >> (64 - count));
                high << 32 | low
            }
        }
    }

    /// Any number of bits, as words, the lowest first.
    fn words(&mut self, count: u64) -> Vec<u32> {
        let mut words = Vec::new();
        let mut left = count;
        while left > 0 {
            let word = self.next_u32();
            let taken = left.min(32);
            words.push(word >> (32 - taken));
            left -= taken;
        }
        words
    }

    /// `randbytes(count)`.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        let words = self.words(count as u64 * 8);
        let mut bytes: Vec<u8> = words.into_iter().flat_map(u32::to_le_bytes).collect();
        bytes.truncate(count);
        bytes
    }

    /// A number below `limit`, which must not be zero.
    pub fn below(&mut self, limit: u64) -> u64 {
        let count = u64::BITS - limit.leading_zeros();
        loop {
            let drawn = self.small_bits(count);
            if drawn < limit {
                return drawn;
            }
        }
    }

    fn below_int(&mut self, limit: IntRef<'_>) -> Int {
        if let Some(limit) = limit.to_i64() {
            return Int::Small(self.below(limit as u64) as i64);
        }
        let limit = limit.to_big();
        let count = bits::bit_length(IntRef::Big(&limit));
        loop {
            let drawn = BigInt::from(BigUint::new(self.words(count)));
            if drawn < limit {
                return Int::from(drawn);
            }
        }
    }

    /// `randrange(stop)`.
    pub fn range_to(&mut self, stop: IntRef<'_>) -> Result<Int, Fault> {
        if stop.is_negative() || matches!(stop, IntRef::Small(0)) {
            return Err(Fault::value("empty range for randrange()"));
        }
        Ok(self.below_int(stop))
    }

    /// `randrange(start, stop, step)`; `randint(a, b)` is this from `a` to `b + 1`. The arguments shown in the message
    /// are those given, so a step of one does not show.
    pub fn range(
        &mut self,
        start: IntRef<'_>,
        stop: IntRef<'_>,
        step: IntRef<'_>,
    ) -> Result<Int, Fault> {
        let (start, stop, step) = (start.to_big(), stop.to_big(), step.to_big());
        if step.is_zero() {
            return Err(Fault::value("zero step for randrange()"));
        }
        let is_unit = step == BigInt::from(1);
        let width = &stop - &start;
        let count = if step > BigInt::ZERO {
            num_integer::Integer::div_floor(&(&width + &step - 1), &step)
        } else {
            num_integer::Integer::div_floor(&(&width + &step + 1), &step)
        };
        if count <= BigInt::ZERO {
            let shown = if is_unit {
                String::new()
            } else {
                format!(", {step}")
            };
            return Err(Fault::Value(format!(
                "empty range in randrange({start}, {stop}{shown})"
            )));
        }
        let drawn = BigInt::from(self.below_int(Int::from(count).as_ref()));
        Ok(Int::from(start + step * drawn))
    }

    /// The index that `choice` takes from a sequence of this length.
    pub fn choice_index(&mut self, len: usize) -> Result<usize, Fault> {
        if len == 0 {
            return Err(Fault::Index("Cannot choose from an empty sequence".into()));
        }
        Ok(self.below(len as u64) as usize)
    }

    /// The pairs of indices that `shuffle` swaps, in order.
    pub fn shuffle_swaps(&mut self, len: usize) -> impl Iterator<Item = (usize, usize)> {
        (1..len)
            .rev()
            .map(|idx| (idx, self.below(idx as u64 + 1) as usize))
    }

    /// The indices that `sample(population, k)` takes, for a population of this length.
    #[expect(clippy::indexing_slicing, reason = "places are kept below the length")]
    pub fn sample_indices(&mut self, len: usize, k: i64) -> Result<Vec<usize>, Fault> {
        let k = usize::try_from(k).ok().filter(|&k| k <= len);
        let Some(k) = k else {
            return Err(Fault::value("Sample larger than population or is negative"));
        };
        // CPython weighs a list of the population against a set of the chosen.
        let mut set_size = 21u64;
        if k > 5 {
            let power = (k as f64 * 3.0).ln() / 4f64.ln();
            set_size += 4u64.saturating_pow(power.ceil() as u32);
        }
        if len as u64 <= set_size {
            let mut pool: Vec<usize> = (0..len).collect();
            return Ok((0..k)
                .map(|taken| {
                    let last = len - taken - 1;
                    let idx = self.below(last as u64 + 1) as usize;
                    // The last one not chosen moves into the gap.
                    let chosen = pool[idx];
                    pool[idx] = pool[last];
                    chosen
                })
                .collect());
        }
        let mut seen = rustc_hash::FxHashSet::default();
        Ok((0..k)
            .map(|_| {
                loop {
                    let idx = self.below(len as u64) as usize;
                    if seen.insert(idx) {
                        return idx;
                    }
                }
            })
            .collect())
    }

    /// The index that one round of `choices` takes without weights.
    pub fn choices_index(&mut self, len: usize) -> usize {
        (self.random() * len as f64).floor() as usize
    }

    /// The index that one round of `choices` takes by cumulative weights, which have passed `check_weights`.
    pub fn weighted_index(&mut self, cumulative: &[f64]) -> usize {
        let Some((total, rest)) = cumulative.split_last() else {
            return 0;
        };
        let drawn = self.random() * (total + 0.0);
        rest.partition_point(|&weight| weight <= drawn)
    }
}

/// Checks the cumulative weights of `choices` over a population of this length.
pub fn check_weights(cumulative: &[f64], len: usize) -> Result<(), Fault> {
    if cumulative.len() != len {
        return Err(Fault::value(
            "The number of weights does not match the population",
        ));
    }
    let total = cumulative.last().copied().unwrap_or(0.0);
    if total <= 0.0 {
        return Err(Fault::value("Total of weights must be greater than zero"));
    }
    if !total.is_finite() {
        return Err(Fault::value("Total of weights must be finite"));
    }
    Ok(())
}

/// The mixing step of the initialization.
fn spread(word: u32, factor: u32) -> u32 {
    (word ^ word >> 30).wrapping_mul(factor)
}

#[cfg(test)]
mod tests;
