//! Float functions of the module `math` that need care beyond calling the platform's library.
//!
//! Results that the platform gives as NaN or infinity out of nothing become exceptions: see `checked`.

use num_traits::ToPrimitive as _;

use super::{Fault, IntRef, convert};

/// The `ValueError` of a function called where it has no value.
pub fn domain_error() -> Fault {
    Fault::value("math domain error")
}

/// The `OverflowError` of a result too large for a float.
pub fn range_error() -> Fault {
    Fault::overflow("math range error")
}

/// Applies a function of one argument: a NaN out of a number is a domain error; an infinity out of a finite number is a
/// range error if the function `can_overflow`, else a domain error.
pub fn checked(function: impl Fn(f64) -> f64, x: f64, can_overflow: bool) -> Result<f64, Fault> {
    let result = function(x);
    if result.is_nan() && !x.is_nan() {
        return Err(domain_error());
    }
    if result.is_infinite() && x.is_finite() {
        return Err(if can_overflow {
            range_error()
        } else {
            domain_error()
        });
    }
    Ok(result)
}

/// `math.log`, `log2` or `log10` of an integer, which may be beyond the floats. `log` is that function for floats.
pub fn log_int(value: IntRef<'_>, log: fn(f64) -> f64) -> Result<f64, Fault> {
    if value.is_negative() || matches!(value, IntRef::Small(0)) {
        return Err(domain_error());
    }
    if let Ok(x) = convert::to_f64(value) {
        return Ok(log(x));
    }
    let value = value.to_big();
    let exponent = value.bits();
    let fraction = (value >> (exponent - 64)).to_f64().unwrap_or(1.0) / 2f64.powi(64);
    Ok(log(fraction) + log(2.0) * exponent as f64)
}

/// `math.log` and its kin of a float.
pub fn log_f64(x: f64, log: fn(f64) -> f64) -> Result<f64, Fault> {
    if x <= 0.0 {
        return Err(domain_error());
    }
    Ok(log(x))
}

/// `math.pow(x, y)`.
pub fn pow(x: f64, y: f64) -> Result<f64, Fault> {
    let result = x.powf(y);
    if x.is_finite() && y.is_finite() {
        if result.is_nan() || result.is_infinite() && x == 0.0 {
            return Err(domain_error());
        }
        if result.is_infinite() {
            return Err(range_error());
        }
    }
    Ok(result)
}

/// `math.fmod(x, y)`.
pub fn fmod(x: f64, y: f64) -> Result<f64, Fault> {
    let result = x % y;
    if result.is_nan() && !x.is_nan() && !y.is_nan() {
        return Err(domain_error());
    }
    Ok(result)
}

/// `math.remainder(x, y)`: from the nearest multiple, ties to the even one.
pub fn remainder(x: f64, y: f64) -> Result<f64, Fault> {
    if x.is_nan() || y.is_nan() {
        return Ok(x + y);
    }
    if x.is_infinite() || y == 0.0 {
        return Err(domain_error());
    }
    if y.is_infinite() {
        return Ok(x);
    }
    let (size, divisor) = (x.abs(), y.abs());
    let rest = size % divisor;
    let other = divisor - rest;
    let nearest = if rest < other {
        rest
    } else if rest > other {
        -other
    } else {
        // Exactly between: the even multiple is the one that leaves nothing of twice the divisor.
        rest - 2.0 * ((0.5 * (size - rest)) % divisor)
    };
    Ok(nearest * 1f64.copysign(x))
}

/// `math.frexp(x)`: a fraction of at least a half and the exponent.
pub fn frexp(x: f64) -> (f64, i64) {
    if x == 0.0 || !x.is_finite() {
        return (x, 0);
    }
    // Subnormal numbers are scaled up first.
    let scaled = x.abs() < f64::MIN_POSITIVE;
    let y = if scaled { x * 2f64.powi(54) } else { x };
    let bits = y.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i64 - 1022 - if scaled { 54 } else { 0 };
    let fraction = f64::from_bits(bits & !(0x7ff << 52) | 1022 << 52);
    (fraction, exponent)
}

/// `math.ldexp(x, exponent)`: rounded once.
pub fn ldexp(x: f64, exponent: i64) -> Result<f64, Fault> {
    if x == 0.0 || !x.is_finite() {
        return Ok(x);
    }
    let (fraction, own) = frexp(x);
    let total = own.saturating_add(exponent);
    if total > 1024 {
        return Err(range_error());
    }
    if total < -1080 {
        return Ok(0f64.copysign(x));
    }
    if total > -1020 {
        return Ok(fraction * 2.0 * 2f64.powi(total as i32 - 1));
    }
    // Exact down to here; the last step rounds into the subnormal numbers.
    Ok(fraction * 2f64.powi(-1000) * 2f64.powi(total as i32 + 1000))
}

/// `math.modf(x)`: the fraction and the whole part, both with the sign of `x`.
pub fn modf(x: f64) -> (f64, f64) {
    if x.is_infinite() {
        return (0f64.copysign(x), x);
    }
    let whole = x.trunc();
    ((x - whole).copysign(x), whole)
}

/// `math.nextafter(x, y, steps=steps)`.
pub fn next_after(x: f64, y: f64, steps: u64) -> f64 {
    if x.is_nan() || y.is_nan() {
        return x + y;
    }
    // As integers in the order of the floats.
    let rank = |x: f64| {
        let bits = x.to_bits() as i64;
        i128::from(if bits < 0 { i64::MIN - bits } else { bits })
    };
    let (from, to) = (rank(x), rank(y));
    if steps == 0 || from == to {
        return if from == to { y } else { x };
    }
    let steps = i128::from(steps);
    let reached = if from < to {
        (from + steps).min(to)
    } else {
        (from - steps).max(to)
    };
    if reached == to {
        return y;
    }
    let bits = reached as i64;
    let sign_kept_zero = bits == 0 && from < 0;
    if bits < 0 {
        f64::from_bits((i64::MIN - bits) as u64)
    } else if sign_kept_zero {
        -0.0
    } else {
        f64::from_bits(bits as u64)
    }
}

/// `math.ulp(x)`: the distance to the next float away from zero.
pub fn ulp(x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    let size = x.abs();
    if size.is_infinite() {
        return size;
    }
    let next = size.next_up();
    if next.is_infinite() {
        size - size.next_down()
    } else {
        next - size
    }
}

/// `math.isclose(a, b, rel_tol=…, abs_tol=…)`.
pub fn is_close(a: f64, b: f64, rel_tol: f64, abs_tol: f64) -> Result<bool, Fault> {
    if rel_tol < 0.0 || abs_tol < 0.0 {
        return Err(Fault::value("tolerances must be non-negative"));
    }
    if a == b {
        return Ok(true);
    }
    if a.is_infinite() || b.is_infinite() {
        return Ok(false);
    }
    let distance = (b - a).abs();
    Ok(distance <= (rel_tol * b).abs() || distance <= (rel_tol * a).abs() || distance <= abs_tol)
}

/// A sum that carries what rounding took away: what the builtin `sum` does once it adds floats.
///
/// CPython adds up integers exactly, adds the first float plainly, goes on with this from that sum, and adds further
/// integers plainly (`add_plainly`).
#[derive(Clone, Copy, Debug)]
pub struct CompensatedSum {
    sum: f64,
    lost: f64,
}

impl CompensatedSum {
    /// Begins with a value.
    pub fn new(start: f64) -> Self {
        Self {
            sum: start,
            lost: 0.0,
        }
    }

    /// Adds a float.
    pub fn add(&mut self, x: f64) {
        let sum = self.sum + x;
        self.lost += if self.sum.abs() >= x.abs() {
            (self.sum - sum) + x
        } else {
            (x - sum) + self.sum
        };
        self.sum = sum;
    }

    /// Adds an integer that became a float.
    pub fn add_plainly(&mut self, x: f64) {
        self.sum += x;
    }

    /// The sum.
    pub fn total(self) -> f64 {
        if self.lost != 0.0 && self.lost.is_finite() {
            self.sum + self.lost
        } else {
            self.sum
        }
    }
}

/// `math.fsum`: the exact sum, rounded once. It is kept as floats that do not overlap, smallest first.
#[derive(Clone, Debug, Default)]
pub struct ExactSum {
    partials: Vec<f64>,
    special: f64,
    infinities: f64,
}

impl ExactSum {
    /// Adds a float.
    #[expect(clippy::indexing_slicing, reason = "places below the length")]
    pub fn add(&mut self, x: f64) -> Result<(), Fault> {
        let mut carried = x;
        let mut kept = 0;
        for idx in 0..self.partials.len() {
            let (high, low) = two_sum(carried, self.partials[idx]);
            if low != 0.0 {
                self.partials[kept] = low;
                kept += 1;
            }
            carried = high;
        }
        self.partials.truncate(kept);
        if carried.is_finite() {
            if carried != 0.0 {
                self.partials.push(carried);
            }
            return Ok(());
        }
        if x.is_finite() {
            return Err(Fault::overflow("intermediate overflow in fsum"));
        }
        if x.is_infinite() {
            self.infinities += x;
        }
        self.special += x;
        self.partials.clear();
        Ok(())
    }

    /// The sum.
    pub fn total(&self) -> Result<f64, Fault> {
        if self.special != 0.0 {
            if self.infinities.is_nan() {
                return Err(Fault::value("-inf + inf in fsum"));
            }
            return Ok(self.special);
        }
        let mut rest = self.partials.iter().copied().rev();
        let mut high = rest.next().unwrap_or(0.0);
        let mut low = 0.0;
        for x in rest.by_ref() {
            (high, low) = two_sum(high, x);
            if low != 0.0 {
                break;
            }
        }
        // A tie was rounded to even without regard to what lies below; that decides the direction.
        let below = rest.next().unwrap_or(0.0);
        if low < 0.0 && below < 0.0 || low > 0.0 && below > 0.0 {
            let twice = low * 2.0;
            let moved = high + twice;
            if twice == moved - high {
                high = moved;
            }
        }
        Ok(high)
    }
}

/// The rounded sum and what the rounding took away.
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let (a, b) = if a.abs() < b.abs() { (b, a) } else { (a, b) };
    let high = a + b;
    (high, b - (high - a))
}

/// `math.sumprod` over floats: the exact sum of the exact products, rounded once.
pub fn sum_products(pairs: impl Iterator<Item = (f64, f64)>) -> Result<f64, Fault> {
    let mut sum = ExactSum::default();
    for (a, b) in pairs {
        let product = a * b;
        sum.add(product)?;
        if product.is_finite() {
            sum.add(a.mul_add(b, -product))?;
        }
    }
    sum.total()
}

/// `math.hypot(*coordinates)`; `math.dist` is this over the differences.
pub fn hypot(coordinates: &[f64]) -> f64 {
    let sizes: Vec<f64> = coordinates.iter().map(|x| x.abs()).collect();
    let max = sizes.iter().copied().fold(0.0, f64::max);
    if max.is_infinite() {
        return max;
    }
    if sizes.iter().any(|x| x.is_nan()) {
        return f64::NAN;
    }
    if max == 0.0 || sizes.len() <= 1 {
        return max;
    }
    if max < f64::MIN_POSITIVE {
        let scaled: Vec<f64> = sizes.iter().map(|x| x / f64::MIN_POSITIVE).collect();
        return f64::MIN_POSITIVE * hypot(&scaled);
    }
    scaled_norm(&sizes, frexp(max).1)
}

/// The norm of numbers below `2^exponent`, with sums and products kept in double the precision, and one step of
/// Newton's method on the root.
fn scaled_norm(sizes: &[f64], exponent: i64) -> f64 {
    // 2^-1024 is no normal float, so the scaling goes in two steps.
    let half = (exponent / 2) as i32;
    let other = exponent as i32 - half;
    let scale = |x: f64| x * 2f64.powi(-half) * 2f64.powi(-other);
    let (mut sum, mut low_products, mut low_sums) = (1.0, 0.0, 0.0);
    let mut take = |a: f64, b: f64| {
        let product = a * b;
        let grown = sum + product;
        low_products += a.mul_add(b, -product);
        low_sums += (sum - grown) + product;
        sum = grown;
        sum - 1.0 + (low_products + low_sums)
    };
    let mut total = 0.0;
    for &x in sizes {
        let x = scale(x);
        total = take(x, x);
    }
    let root = f64::sqrt(total);
    let rest = take(-root, root);
    let corrected = root + rest / (2.0 * root);
    corrected * 2f64.powi(half) * 2f64.powi(other)
}

#[cfg(test)]
mod tests;
