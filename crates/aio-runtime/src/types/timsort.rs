//! The merge sort behind `sort` when comparing is a matter of the script.
//!
//! It is CPython's algorithm (`Objects/listsort.txt` explains it: natural runs, binary insertion
//! up to a minimal run, merges in powersort's order, galloping), asked for the same comparisons
//! in the same order: a program can count them, or print in its `__lt__`. It moves indexes, not
//! items, and believes nothing: whatever `less` answers, the result is a permutation.

use crate::error::R;

/// Wins in a row after which a merge gallops.
const MIN_GALLOP: usize = 7;
/// Runs are made at least as long as half of this, if there are so many items.
const MAX_MINRUN: usize = 64;

/// A sorted stretch that waits to be merged.
struct Run {
    start: usize,
    len: usize,
    /// Its depth in powersort's tree, relative to the run that follows.
    power: u32,
}

/// Sorts indexes by `less`.
///
/// # Errors
/// The first error of `less`; the order is then some permutation.
pub fn sort(order: &mut [u32], less: &mut impl FnMut(u32, u32) -> R<bool>) -> R<()> {
    let mut sorter = Sorter {
        min_gallop: MIN_GALLOP,
        pending: Vec::new(),
        less,
    };
    sorter.sort(order)
}

struct Sorter<'a, F> {
    min_gallop: usize,
    pending: Vec<Run>,
    less: &'a mut F,
}

fn minimal_run(mut len: usize) -> usize {
    let mut odd = 0;
    while len >= MAX_MINRUN {
        odd |= len & 1;
        len >>= 1;
    }
    len + odd
}

/// The first bit in which the middles of two neighboring runs differ, as fractions of the whole.
fn power(start: usize, first: usize, second: usize, whole: usize) -> u32 {
    let mut a = 2 * start + first;
    let mut b = a + first + second;
    let mut bits = 0;
    loop {
        bits += 1;
        if a >= whole {
            a -= whole;
            b -= whole;
        } else if b >= whole {
            return bits;
        }
        a <<= 1;
        b <<= 1;
    }
}

impl<F: FnMut(u32, u32) -> R<bool>> Sorter<'_, F> {
    fn sort(&mut self, order: &mut [u32]) -> R<()> {
        let whole = order.len();
        let minimum = minimal_run(whole);
        let mut start = 0;
        while start < whole {
            let rest = &mut order[start..];
            let mut len = self.take_run(rest)?;
            if len < minimum {
                let forced = minimum.min(rest.len());
                self.insert(&mut rest[..forced], len)?;
                len = forced;
            }
            self.make_place(order, len)?;
            self.pending.push(Run {
                start,
                len,
                power: 0,
            });
            start += len;
        }
        while self.pending.len() > 1 {
            let mut at = self.pending.len() - 2;
            if at > 0 && self.pending[at - 1].len < self.pending[at + 1].len {
                at -= 1;
            }
            self.merge_at(order, at)?;
        }
        Ok(())
    }

    /// Merges what lies deeper than the run of `len` items that comes next.
    fn make_place(&mut self, order: &mut [u32], len: usize) -> R<()> {
        let Some(last) = self.pending.last() else {
            return Ok(());
        };
        let power = power(last.start, last.len, len, order.len());
        while let [.., below, _] = self.pending.as_slice()
            && below.power > power
        {
            self.merge_at(order, self.pending.len() - 2)?;
        }
        if let Some(last) = self.pending.last_mut() {
            last.power = power;
        }
        Ok(())
    }

    /// The length of the run that stands at the beginning; a falling one is turned around, equal
    /// neighbors in it keeping their order.
    fn take_run(&mut self, a: &mut [u32]) -> R<usize> {
        let mut n = self.climb(a, 1)?;
        if n == a.len() {
            return Ok(n);
        }
        if n > 1 {
            if (self.less)(a[0], a[n - 1])? {
                return Ok(n);
            }
            // All equal, and the next one is smaller: a falling run so far.
            a[..n].reverse();
        }
        n += 1;
        let mut equal = 0;
        while n < a.len() {
            if (self.less)(a[n], a[n - 1])? {
                turn_equal(a, n, &mut equal);
            } else if (self.less)(a[n - 1], a[n])? {
                break;
            } else {
                equal += 1;
            }
            n += 1;
        }
        turn_equal(a, n, &mut equal);
        a[..n].reverse();
        self.climb(a, n)
    }

    /// How far items do not fall, from `n` on.
    fn climb(&mut self, a: &[u32], mut n: usize) -> R<usize> {
        while n < a.len() && !(self.less)(a[n], a[n - 1])? {
            n += 1;
        }
        Ok(n)
    }

    /// Binary insertion; the first `sorted` items are in order.
    fn insert(&mut self, a: &mut [u32], sorted: usize) -> R<()> {
        for at in sorted.max(1)..a.len() {
            let pivot = a[at];
            let (mut low, mut high) = (0, at);
            while low < high {
                let middle = usize::midpoint(low, high);
                if (self.less)(pivot, a[middle])? {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            a.copy_within(low..at, low + 1);
            a[low] = pivot;
        }
        Ok(())
    }

    fn merge_at(&mut self, order: &mut [u32], at: usize) -> R<()> {
        let right = self.pending.remove(at + 1);
        let left = &mut self.pending[at];
        let (mut start, mut len_a) = (left.start, left.len);
        left.len += right.len;
        // What of `a` lies before `b`, and what of `b` behind `a`, is in place already.
        let first_b = order[right.start];
        let skip = self.gallop_right(first_b, &order[start..start + len_a], 0)?;
        start += skip;
        len_a -= skip;
        if len_a == 0 {
            return Ok(());
        }
        let last_a = order[start + len_a - 1];
        let b = &order[right.start..right.start + right.len];
        let len_b = self.gallop_left(last_a, b, right.len - 1)?;
        if len_b == 0 {
            return Ok(());
        }
        let part = &mut order[start..right.start + len_b];
        if len_a <= len_b {
            self.merge_low(part, len_a)
        } else {
            self.merge_high(part, len_a)
        }
    }

    /// Where `key` belongs before its equals in a sorted slice, searched from `hint` outwards.
    fn gallop_left(&mut self, key: u32, a: &[u32], hint: usize) -> R<usize> {
        let (mut last, mut offset) = (0, 1);
        let (mut low, mut high);
        if (self.less)(a[hint], key)? {
            let most = a.len() - hint;
            while offset < most && (self.less)(a[hint + offset], key)? {
                last = offset;
                offset = 2 * offset + 1;
            }
            (low, high) = (hint + last + 1, hint + offset.min(most));
        } else {
            let most = hint + 1;
            while offset < most && !(self.less)(a[hint - offset], key)? {
                last = offset;
                offset = 2 * offset + 1;
            }
            (low, high) = (hint + 1 - offset.min(most), hint - last);
        }
        while low < high {
            let middle = usize::midpoint(low, high);
            if (self.less)(a[middle], key)? {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(high)
    }

    /// Where `key` belongs behind its equals in a sorted slice, searched from `hint` outwards.
    fn gallop_right(&mut self, key: u32, a: &[u32], hint: usize) -> R<usize> {
        let (mut last, mut offset) = (0, 1);
        let (mut low, mut high);
        if (self.less)(key, a[hint])? {
            let most = hint + 1;
            while offset < most && (self.less)(key, a[hint - offset])? {
                last = offset;
                offset = 2 * offset + 1;
            }
            (low, high) = (hint + 1 - offset.min(most), hint - last);
        } else {
            let most = a.len() - hint;
            while offset < most && !(self.less)(key, a[hint + offset])? {
                last = offset;
                offset = 2 * offset + 1;
            }
            (low, high) = (hint + last + 1, hint + offset.min(most));
        }
        while low < high {
            let middle = usize::midpoint(low, high);
            if (self.less)(key, a[middle])? {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Ok(high)
    }

    /// Merges two runs side by side, the left one (the shorter) copied out. The first item of
    /// the right run is known to come first, the last one of the left run last.
    fn merge_low(&mut self, part: &mut [u32], len_a: usize) -> R<()> {
        let a = part[..len_a].to_vec();
        let mut state = Low {
            a: 0,
            b: len_a,
            to: 0,
        };
        state.take_b(part, 1);
        let result = self.merge_low_loop(part, &a, &mut state);
        // Whatever happened, the rest of `a` fills exactly the gap.
        let rest = &a[state.a..];
        if result.is_ok() && rest.len() == 1 {
            let left = part.len() - state.b;
            state.take_b(part, left);
        }
        part[state.to..state.to + rest.len()].copy_from_slice(rest);
        result
    }

    fn merge_low_loop(&mut self, part: &mut [u32], a: &[u32], state: &mut Low) -> R<()> {
        let end = part.len();
        if state.b == end || a.len() == 1 {
            return Ok(());
        }
        loop {
            let (mut wins_a, mut wins_b) = (0, 0);
            loop {
                if (self.less)(part[state.b], a[state.a])? {
                    state.take_b(part, 1);
                    (wins_a, wins_b) = (0, wins_b + 1);
                    if state.b == end {
                        return Ok(());
                    }
                } else {
                    state.take_a(part, a, 1);
                    (wins_a, wins_b) = (wins_a + 1, 0);
                    if state.a + 1 == a.len() {
                        return Ok(());
                    }
                }
                if wins_a >= self.min_gallop || wins_b >= self.min_gallop {
                    break;
                }
            }
            self.min_gallop += 1;
            loop {
                self.min_gallop -= usize::from(self.min_gallop > 1);
                wins_a = self.gallop_right(part[state.b], &a[state.a..], 0)?;
                state.take_a(part, a, wins_a);
                if state.a + 1 >= a.len() {
                    return Ok(());
                }
                state.take_b(part, 1);
                if state.b == end {
                    return Ok(());
                }
                wins_b = self.gallop_left(a[state.a], &part[state.b..], 0)?;
                state.take_b(part, wins_b);
                if state.b == end {
                    return Ok(());
                }
                state.take_a(part, a, 1);
                if state.a + 1 == a.len() {
                    return Ok(());
                }
                if wins_a < MIN_GALLOP && wins_b < MIN_GALLOP {
                    break;
                }
            }
            self.min_gallop += 1;
        }
    }

    /// As [`Sorter::merge_low`] from the other end, the right run copied out.
    fn merge_high(&mut self, part: &mut [u32], len_a: usize) -> R<()> {
        let b = part[len_a..].to_vec();
        let mut state = High {
            a: len_a,
            b: b.len(),
            to: part.len(),
        };
        state.take_a(part, 1);
        let result = self.merge_high_loop(part, &b, &mut state);
        let rest = &b[..state.b];
        if result.is_ok() && rest.len() == 1 {
            let left = state.a;
            state.take_a(part, left);
        }
        part[state.to - rest.len()..state.to].copy_from_slice(rest);
        result
    }

    fn merge_high_loop(&mut self, part: &mut [u32], b: &[u32], state: &mut High) -> R<()> {
        if state.a == 0 || b.len() == 1 {
            return Ok(());
        }
        loop {
            let (mut wins_a, mut wins_b) = (0, 0);
            loop {
                if (self.less)(b[state.b - 1], part[state.a - 1])? {
                    state.take_a(part, 1);
                    (wins_a, wins_b) = (wins_a + 1, 0);
                    if state.a == 0 {
                        return Ok(());
                    }
                } else {
                    state.take_b(part, b, 1);
                    (wins_a, wins_b) = (0, wins_b + 1);
                    if state.b == 1 {
                        return Ok(());
                    }
                }
                if wins_a >= self.min_gallop || wins_b >= self.min_gallop {
                    break;
                }
            }
            self.min_gallop += 1;
            loop {
                self.min_gallop -= usize::from(self.min_gallop > 1);
                let left = self.gallop_right(b[state.b - 1], &part[..state.a], state.a - 1)?;
                wins_a = state.a - left;
                state.take_a(part, wins_a);
                if state.a == 0 {
                    return Ok(());
                }
                state.take_b(part, b, 1);
                if state.b == 1 {
                    return Ok(());
                }
                let left = self.gallop_left(part[state.a - 1], &b[..state.b], state.b - 1)?;
                wins_b = state.b - left;
                state.take_b(part, b, wins_b);
                if state.b <= 1 {
                    return Ok(());
                }
                state.take_a(part, 1);
                if state.a == 0 {
                    return Ok(());
                }
                if wins_a < MIN_GALLOP && wins_b < MIN_GALLOP {
                    break;
                }
            }
            self.min_gallop += 1;
        }
    }
}

/// Turns the last `equal + 1` items of a falling run around, so that turning the whole run later
/// gives them their order back.
fn turn_equal(a: &mut [u32], n: usize, equal: &mut usize) {
    if *equal > 0 {
        a[n - *equal - 1..n].reverse();
        *equal = 0;
    }
}

/// Where a merge from the front stands: next of `a` (copied out), next of `b`, next free place.
struct Low {
    a: usize,
    b: usize,
    to: usize,
}

impl Low {
    fn take_a(&mut self, part: &mut [u32], a: &[u32], count: usize) {
        part[self.to..self.to + count].copy_from_slice(&a[self.a..self.a + count]);
        self.a += count;
        self.to += count;
    }
    fn take_b(&mut self, part: &mut [u32], count: usize) {
        part.copy_within(self.b..self.b + count, self.to);
        self.b += count;
        self.to += count;
    }
}

/// Where a merge from the end stands: how many of `a` and of `b` (copied out) are left, and the
/// end of the free places.
struct High {
    a: usize,
    b: usize,
    to: usize,
}

impl High {
    fn take_a(&mut self, part: &mut [u32], count: usize) {
        part.copy_within(self.a - count..self.a, self.to - count);
        self.a -= count;
        self.to -= count;
    }
    fn take_b(&mut self, part: &mut [u32], b: &[u32], count: usize) {
        part[self.to - count..self.to].copy_from_slice(&b[self.b - count..self.b]);
        self.b -= count;
        self.to -= count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: u32, range: u32) -> Vec<u32> {
        let mut state = 7u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % range
        };
        (0..count).map(|_| next()).collect()
    }

    #[test]
    fn equal_items_keep_their_order() {
        for (count, range) in [
            (2, 2),
            (63, 5),
            (64, 9),
            (500, 13),
            (3000, 100_000),
            (4000, 40),
        ] {
            let mut keys = numbers(count, range);
            let half = keys.len() / 2;
            keys[half..].sort_unstable();
            let mut order: Vec<u32> = (0..count).collect();
            sort(&mut order, &mut |a, b| {
                Ok(keys[a as usize] < keys[b as usize])
            })
            .unwrap();
            let mut expected: Vec<u32> = (0..count).collect();
            expected.sort_by_key(|at| keys[*at as usize]);
            assert_eq!(order, expected, "{count} items below {range}");
        }
    }

    #[test]
    fn inconsistent_answers_give_some_permutation() {
        for seed in 0..200 {
            let mut state = seed;
            let mut order: Vec<u32> = (0..700).collect();
            sort(&mut order, &mut |_, _| {
                state = (state * 1_103_515_245u64 + 12345) % (1 << 31);
                Ok(state >> 16 & 3 == 0)
            })
            .unwrap();
            order.sort_unstable();
            assert!(order.into_iter().eq(0..700));
        }
    }

    #[test]
    fn an_error_leaves_a_permutation() {
        let keys = numbers(900, 1000);
        for after in (1..6000).step_by(97) {
            let mut asked = 0;
            let mut order: Vec<u32> = (0..900).collect();
            let result = sort(&mut order, &mut |a, b| {
                asked += 1;
                if asked > after {
                    return Err(crate::error::Raised);
                }
                Ok(keys[a as usize] < keys[b as usize])
            });
            assert!(result.is_err());
            order.sort_unstable();
            assert!(order.into_iter().eq(0..900));
        }
    }

    #[test]
    fn sorted_and_reversed_items_take_one_pass() {
        for falling in [false, true] {
            let mut asked = 0;
            let mut order: Vec<u32> = (0..1000).collect();
            sort(&mut order, &mut |a, b| {
                asked += 1;
                Ok(if falling { a > b } else { a < b })
            })
            .unwrap();
            // A falling run is recognized by two comparisons at most at its end.
            assert!(asked <= 1000, "{asked} comparisons");
        }
    }
}
